package muster.rollout;

import java.time.Instant;
import java.util.Optional;

/// What comes next, and why, in words for people.
public sealed interface Decision {
  String why();

  /// So many more devices of the batch begin.
  record Begin(int devices, String why) implements Decision {}

  /// Nothing now.
  ///
  /// @param until when time alone changes that; absent when a device's end does
  record Await(Optional<Instant> until, String why) implements Decision {}

  /// The next batch has its turn.
  record NextBatch(String why) implements Decision {}

  /// Somebody must say that it goes on.
  record AskPeople(String why) implements Decision {}

  /// It has reached everybody it could.
  record Complete(String why) implements Decision {}

  /// Nothing more begins.
  ///
  /// @param rollBack whether the devices that have the new version go back
  record Stop(boolean rollBack, String why) implements Decision {}
}
