package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An exported audit log: one row a line, as `GET /v1/audit` gives it, oldest first, and at last
/// `{"head":"<seq>:<hash>"}`. It proves itself without a server: docs/audit.md says what is hashed.
final class AuditFile {
  private final Map<Long, String> noted = new TreeMap<>();
  private final AuditRowHash hashes = new AuditRowHash();
  private long checked;
  private long bad = 1;
  private String head = "";
  private boolean ended;

  private AuditFile() {}

  /// Checks the file.
  ///
  /// @param head one noted earlier, which the log must still hold
  /// @return what the server answers for its own log: `ok`, `checked`, `first_bad`, `head`,
  ///   `problem`
  static ObjectNode verify(Path file, @Nullable Head head) {
    AuditFile log = new AuditFile();
    if (head != null) {
      log.noted.put(head.seq, head.hash);
    }
    try (BufferedReader lines = Files.newBufferedReader(file, UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<String> problem = log.line(line);
        if (problem.isPresent()) {
          return log.answer(problem.get());
        }
      }
    } catch (MalformedInputException e) {
      return log.answer("row %d is not UTF-8".formatted(log.checked + 1));
    } catch (IOException e) {
      throw new Failure(Exit.USAGE, file + ": can't be read", e);
    }
    return log.answer(log.end().orElse(""));
  }

  /// A log's last row at some time, `17:9f86…`.
  record Head(long seq, String hash) {
    static Head parse(String text) {
      if (!text.matches("[0-9]{1,18}:[0-9a-f]{64}")) {
        throw new Failure(
            Exit.USAGE, "--head: " + text + " (expected: <seq>:<hash>, as audit verify prints it)");
      }
      int colon = text.indexOf(':');
      return new Head(Long.parseLong(text.substring(0, colon)), text.substring(colon + 1));
    }
  }

  private Optional<String> line(String line) {
    JsonNode row;
    try {
      row = Json.readStrictly(line);
    } catch (IOException e) {
      return Optional.of("row %d can't be read".formatted(checked + 1));
    }
    if (ended) {
      return Optional.of("something follows the head, where the log ends");
    }
    if (row.has("head")) {
      ended = true;
      return row.size() == 1 && Json.text(row, "head").equals(checked + ":" + head)
          ? Optional.empty()
          : Optional.of(
              "the log ends with row %d, and its own head is %s"
                  .formatted(checked, Json.text(row, "head")));
    }
    return row(row);
  }

  private Optional<String> row(JsonNode row) {
    long seq = row.path("seq").asLong();
    bad = seq > 0 ? seq : checked + 1;
    if (seq != checked + 1) {
      return Optional.of(
          "row %d follows row %d: what was between is gone, or the order is another"
              .formatted(seq, checked));
    }
    Optional<String> hash = hashes.of(head, row);
    if (hash.isEmpty() || !hash.get().equals(Json.text(row, "hash"))) {
      return Optional.of(
          "row %d was changed, or put in: its hash does not fit its content".formatted(seq));
    }
    if (!noted.getOrDefault(seq, hash.get()).equals(hash.get())) {
      return Optional.of(
          "row %d is not the one that was noted: the log was written anew".formatted(seq));
    }
    checked = seq;
    bad = seq + 1;
    head = hash.get();
    return Optional.empty();
  }

  private Optional<String> end() {
    Optional<Long> missing = noted.keySet().stream().filter(seq -> seq > checked).findFirst();
    if (missing.isPresent()) {
      return Optional.of("rows %d to %d are gone".formatted(checked + 1, missing.get()));
    }
    return ended
        ? Optional.empty()
        : Optional.of("the file ends after row %d without a head: it was cut".formatted(checked));
  }

  private ObjectNode answer(String problem) {
    ObjectNode answer = Json.object();
    answer.put("ok", problem.isEmpty());
    answer.put("checked", checked);
    if (problem.isEmpty()) {
      answer.putNull("first_bad").put("head", head).putNull("problem");
    } else {
      answer.put("first_bad", bad).put("head", head).put("problem", problem);
    }
    return answer;
  }
}
