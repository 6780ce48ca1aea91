package muster.audit;

import java.util.List;
import java.util.Optional;

/// The head of the log, kept outside the store that holds the log: without it, rows removed from
/// the end leave no trace. It may lag behind the log and never runs ahead of it.
public interface AuditAnchor {
  /// The last head noted, if it can be read.
  Optional<AuditHead> head();

  /// Heads that the log once had and had no more at a later start.
  List<AuditHead> lost();

  /// Notes a head that is durable in the store. Must not block; called in the order of commits.
  void note(AuditHead head);

  /// Keeps the present head among the lost ones.
  void keepAsLost();

  /// Keeps nothing: for programs that only read, and for tests of other things.
  AuditAnchor NONE =
      new AuditAnchor() {
        @Override
        public Optional<AuditHead> head() {
          return Optional.empty();
        }

        @Override
        public List<AuditHead> lost() {
          return List.of();
        }

        @Override
        public void note(AuditHead head) {}

        @Override
        public void keepAsLost() {}
      };
}
