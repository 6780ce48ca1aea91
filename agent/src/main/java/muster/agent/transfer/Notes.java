package muster.agent.transfer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import muster.agent.policy.Policy;
import muster.agent.state.Disk;
import muster.agent.tool.OpenPlace;

/// Where the parts of files are that are on their way here, so that what was begun is found again
/// after a restart, and removed when nobody wants it any more. One small file for each, named by
/// the transfer.
final class Notes {
  private final Disk disk;

  Notes(Disk disk) {
    this.disk = disk;
  }

  /// A part, and which file it is: another one under its name is somebody else's.
  record Note(Path part, String key) {}

  /// @param id a transfer's; nothing else may name a file
  static boolean isId(String id) {
    return id.matches("xfr_[a-z0-9]{1,32}");
  }

  void write(String id, Note note) throws IOException {
    disk.replace(id, (note.key + "\n" + note.part).getBytes(StandardCharsets.UTF_8));
  }

  Optional<Note> read(String id) throws IOException {
    return disk.read(id)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).split("\n", 2))
        .filter(lines -> lines.length == 2)
        .map(lines -> new Note(Path.of(lines[1]), lines[0]));
  }

  List<String> ids() throws IOException {
    return disk.names().stream().filter(Notes::isId).toList();
  }

  /// Removes a transfer's part and the note. Where the directory is gone, so is the part.
  ///
  /// @throws muster.agent.policy.DeniedException when the policy has closed the place meanwhile
  void discard(String id, Policy policy) throws IOException {
    Optional<Note> note = read(id);
    if (note.isPresent()) {
      try (OpenPlace place = OpenPlace.any(note.get().part(), Policy.Access.WRITE, policy)) {
        if (place
            .attributes()
            .filter(found -> key(found.fileKey()).equals(note.get().key()))
            .isPresent()) {
          place.delete(place.name());
        }
      } catch (IOException e) {
        if (!isNoMore(e)) {
          throw e;
        }
      }
    }
    disk.delete(id);
  }

  private static boolean isNoMore(IOException told) {
    return told.getCause() instanceof NoSuchFileException
        || told.getCause() instanceof NotDirectoryException;
  }

  void forget(String id) throws IOException {
    disk.delete(id);
  }

  static String key(Object fileKey) {
    return String.valueOf(fileKey);
  }
}
