package muster.store;

/// Hears how the writer does, on the writer's thread: must be quick.
public interface StoreMeter {
  StoreMeter NONE =
      new StoreMeter() {
        @Override
        public void committed(int writes, long nanos) {}

        @Override
        public void refused(int writes) {}
      };

  /// A batch is durable.
  ///
  /// @param nanos from its begin to after its sync
  void committed(int writes, long nanos);

  /// A batch could not be stored.
  void refused(int writes);
}
