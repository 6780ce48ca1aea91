package muster.agent.exec;

/// Starts threads that do not keep the agent running.
interface Threads {
  Threads DAEMONS =
      (name, task) -> {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
      };

  /// @throws OutOfMemoryError when the host gives no more of them
  Thread start(String name, Runnable task);
}
