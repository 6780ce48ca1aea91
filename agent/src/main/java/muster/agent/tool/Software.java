package muster.agent.tool;

import java.io.IOException;

/// The versions of software that the agent looks after on this machine.
public interface Software {
  /// None are looked after.
  Software NONE =
      new Software() {
        @Override
        public void install(UpdateRequest request, Desk desk) throws IOException {
          throw new IOException("no software is looked after here");
        }

        @Override
        public void rollBack(String name, Desk desk) throws IOException {
          throw new IOException("no software is looked after here");
        }
      };

  /// Brings a version, or leaves all as it was.
  ///
  /// @throws IOException with one line for people when it fails; what came of it is printed before
  void install(UpdateRequest request, Desk desk) throws IOException, InterruptedException;

  /// Goes back to the version before, or leaves all as it was.
  void rollBack(String name, Desk desk) throws IOException, InterruptedException;
}
