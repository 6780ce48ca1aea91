package muster.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import muster.agent.state.Directory;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final Instant START = Instant.parse("2026-04-15T14:30:00Z");

  @TempDir private Path directory;
  private Instant now = START;

  @Test
  void everyChange_survivesReopening() throws IOException {
    try (Journal journal = open()) {
      journal.started("a", 1);
      journal.running("a", new ProcessMark(42, 4711, "boot"));
      journal.started("b", 3);
      journal.ended(result("b"));
      journal.started("c", 1);
      journal.ended(result("c"));
      journal.acknowledged("c");
    }

    try (Journal journal = open()) {
      assertThat(journal.unfinished()).extracting(Entry::id).containsExactly("a");
      assertThat(journal.unacknowledged()).extracting(Entry::id).containsExactly("a", "b");
      assertThat(journal.find("a").flatMap(Entry::process))
          .contains(new ProcessMark(42, 4711, "boot"));
      assertThat(journal.find("b").flatMap(Entry::result)).contains(result("b"));
      assertThat(journal.find("c").map(Entry::acknowledged)).contains(true);
    }
  }

  @Test
  void redelivered_isToldAgain() throws IOException {
    try (Journal journal = open()) {
      journal.started("a", 1);
      journal.ended(result("a"));
      journal.acknowledged("a");
      journal.redelivered("a", 2);
    }

    try (Journal journal = open()) {
      assertThat(journal.unacknowledged()).extracting(Entry::attempt).containsExactly(2L);
    }
  }

  /// Whatever part of the last record reached the disk, the earlier ones stand and writing goes on.
  @Test
  void crash_atEveryByteOfTheTail_losesTheLastRecordOnly() throws IOException {
    try (Journal journal = open()) {
      journal.started("a", 1);
      journal.ended(result("a"));
      journal.started("b", 1);
    }
    byte[] whole = Files.readAllBytes(file());
    int lastLine =
        new String(whole, java.nio.charset.StandardCharsets.UTF_8)
                .lastIndexOf('\n', whole.length - 2)
            + 1;

    for (int length = lastLine; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      // The newline alone may be missing: then the record is whole.
      boolean complete = length >= whole.length - 1;
      try (Journal journal = open()) {
        assertThat(journal.find("a").flatMap(Entry::result)).contains(result("a"));
        assertThat(journal.find("b").isPresent()).as("%s bytes", length).isEqualTo(complete);
        journal.started("c", 1);
      }
      try (Journal journal = open()) {
        assertThat(journal.find("b").isPresent()).isEqualTo(complete);
        assertThat(journal.find("c")).isPresent();
      }
    }
  }

  @Test
  void damage_anywhere_losesTheDamagedRecordOnly() throws IOException {
    try (Journal journal = open()) {
      for (int i = 0; i < 5; i++) {
        journal.started("e" + i, 1);
      }
    }
    byte[] whole = Files.readAllBytes(file());
    for (int seed = 0; seed < 100; seed++) {
      byte[] bytes = whole.clone();
      Random random = new Random(seed);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file(), bytes);

      try (Journal journal = open()) {
        // A newline that is gone or new damages two lines at most.
        assertThat(journal.unfinished()).as("seed %s", seed).hasSizeGreaterThanOrEqualTo(3);
      }
    }
  }

  @Test
  void garbageAfterACrash_isCutOff() throws IOException {
    try (Journal journal = open()) {
      journal.started("a", 1);
    }
    Files.write(file(), new byte[4096], StandardOpenOption.APPEND);

    try (Journal journal = open()) {
      assertThat(journal.unfinished()).hasSize(1);
      assertThat(Files.size(file())).isLessThan(4096);
    }
  }

  @Test
  void oldOnes_areForgotten_butTheLastHundred() throws IOException {
    try (Journal journal = open()) {
      for (int i = 0; i < 150; i++) {
        finish(journal, "old" + i);
      }
      journal.started("running", 1);
      now = START.plus(Journal.KEPT).plusSeconds(1);
      finish(journal, "new");
    }

    try (Journal journal = open()) {
      assertThat(journal.find("old50")).isEmpty();
      assertThat(journal.find("old51")).isPresent();
      assertThat(journal.find("old149")).isPresent();
      assertThat(journal.find("running")).isPresent();
      assertThat(journal.find("new")).isPresent();
    }
  }

  @Test
  void manyCommands_fileAndMemoryStayBounded() throws IOException {
    try (Journal journal = open()) {
      for (int i = 0; i < 1_900; i++) {
        finish(journal, "e" + i);
        now = now.plus(Duration.ofSeconds(1));
      }
      assertThat(Files.size(file())).isLessThan(1_000_000);
      assertThat(journal.find("e1899")).isPresent();
      assertThat(journal.find("e900")).isPresent();
      assertThat(journal.find("e600")).isEmpty();
    }
  }

  @Test
  void file_isPrivate() throws IOException {
    open().close();

    assertThat(Files.getPosixFilePermissions(file())).hasSize(2);
  }

  private static void finish(Journal journal, String id) throws IOException {
    journal.started(id, 1);
    journal.ended(result(id));
    journal.acknowledged(id);
  }

  private static ToolResult result(String id) {
    return new ToolResult(
        id, 1, ToolStatus.COMPLETED, OptionalInt.of(0), Optional.of("ö\n"), 5, false);
  }

  private Journal open() throws IOException {
    InstantSource clock = () -> now;
    return Journal.open(new Directory(directory), clock);
  }

  private Path file() {
    return directory.resolve("journal");
  }
}
