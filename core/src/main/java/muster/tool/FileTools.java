package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.number;
import static muster.tool.Argument.path;
import static muster.tool.Argument.text;

import java.util.List;

/// Files and disks.
final class FileTools {
  static final List<Tool> ALL =
      List.of(
          Tool.low(
              "disk_usage",
              "Tell how full the file systems are.",
              text("path", "Just the one that holds this; else all that are on a disk.")
                  .longest(Argument.MAX_PATH)),
          Tool.low(
              "file_read",
              "Tell lines of a text file.",
              path("The file, an absolute path."),
              number("offset", "How many lines to pass over; default 0.", 0, Integer.MAX_VALUE),
              number("lines", "How many to tell at most; default 100.", 1, 1000)),
          Tool.low(
              "file_list",
              "List a directory, each name with kind, size and time.",
              path("The directory, an absolute path."),
              text("pattern", "Just the names like this; * stands for any text.").longest(255),
              number("max", "How many at most; default 100.", 1, 500)),
          Tool.low(
              "file_checksum",
              "Tell the checksum of a regular file.",
              path("The file, an absolute path."),
              choice("algorithm", "Default sha256.", "sha256", "md5")),
          Tool.low(
              "file_stat",
              "Tell kind, size, owner, mode and times of a file.",
              path("The file, an absolute path.")),
          Tool.medium(
              "verify_backup",
              "Check a backup: its checksum, an archive by reading it all, or a database.",
              path("The file, an absolute path."),
              choice("verification_type", "How.", "checksum", "restore_test", "db_integrity")
                  .always(),
              text("expected", "With checksum: what its SHA-256 should be, in hexadecimal digits.")
                  .like("[0-9a-fA-F]{64}", "64 hexadecimal digits")),
          Tool.high(
              "file_delete",
              "Delete a regular file or a symbolic link.",
              path("The file, an absolute path.")));

  private FileTools() {}
}
