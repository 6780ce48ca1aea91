package muster.agent.update;

/// Where an installation is: each stage is on disk before its effect begins, and the effects of all
/// but those that start a program of somebody's are the same when they are done twice.
enum Stage {
  /// The file is fetched and verified.
  DOWNLOAD,
  /// It is put into a directory of its own.
  UNPACK,
  /// A program that it brings runs.
  RUN,
  /// The link to the current version is replaced.
  SWITCH,
  /// What uses it is started anew.
  RESTART,
  /// It is looked at.
  CHECK,
  /// It is kept: what is not needed any more goes.
  COMMIT,
  /// The link to the version before is put back.
  BACK,
  /// What uses that is started anew.
  BACK_RESTART,
  /// What became of it is known.
  DONE;

  /// How often the agent may be started anew in the middle of [#CHECK] before that counts as a
  /// failure: a version that takes the machine down with it would do so for ever.
  static final int MOST_CHECKS = 3;

  /// What is to be done by an agent that finds an installation at this stage.
  enum Resumption {
    /// The stage's effect, once more or for the first time.
    GO_ON,
    /// The effect may have happened, and must not happen twice: the next stage decides.
    PASS_OVER,
    /// The effect may have happened in part: nothing was switched, and it failed.
    GIVE_UP,
    /// It is switched, and it failed.
    GO_BACK
  }

  /// @param checks how often an agent was started anew at [#CHECK], this time included
  Resumption resumed(int checks) {
    switch (this) {
      case RUN:
        return Resumption.GIVE_UP;
      case RESTART:
      case BACK_RESTART:
        return Resumption.PASS_OVER;
      case CHECK:
        return checks > MOST_CHECKS ? Resumption.GO_BACK : Resumption.GO_ON;
      case DOWNLOAD:
      case UNPACK:
      case SWITCH:
      case COMMIT:
      case BACK:
      case DONE:
        return Resumption.GO_ON;
    }
    throw new AssertionError(this);
  }

  /// Whether the machine may run the new version at it.
  boolean isSwitched() {
    return compareTo(SWITCH) >= 0 && compareTo(COMMIT) <= 0;
  }
}
