package muster.agent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import muster.agent.policy.Policy;
import muster.agent.state.Directory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotesTest {
  private static final String ID = "xfr_a";

  @TempDir private Path directory;
  private Notes notes;
  private Path part;

  @BeforeEach
  void open() throws IOException {
    notes = new Notes(new Directory(Files.createDirectory(directory.resolve("notes"))));
    part = Files.createDirectory(directory.toRealPath().resolve("files")).resolve(".muster-" + ID);
    Files.writeString(part, "begun");
  }

  private void note() throws IOException {
    String key =
        Notes.key(Objects.requireNonNull(Files.readAttributes(part, "fileKey").get("fileKey")));
    notes.write(ID, new Notes.Note(part, key));
  }

  private void discard() throws IOException {
    notes.discard(ID, Policy.open(Optional.empty()));
  }

  @Test
  void discard_removesThePartAndTheNote() throws IOException {
    note();
    discard();

    assertThat(part).doesNotExist();
    assertThat(notes.ids()).isEmpty();
  }

  @Test
  void discard_whatIsAnotherFileNow_staysThere() throws IOException {
    notes.write(ID, new Notes.Note(part, "another"));
    discard();

    assertThat(part).exists();
    assertThat(notes.ids()).isEmpty();
  }

  @Test
  void discard_whereTheDirectoryIsGone_removesTheNote() throws IOException {
    note();
    Files.delete(part);
    Files.delete(part.getParent());
    discard();
    assertThat(notes.ids()).isEmpty();

    notes.write(ID, new Notes.Note(part, "any"));
    Files.writeString(part.getParent(), "a file by now");
    discard();
    assertThat(notes.ids()).isEmpty();
  }
}
