package muster.device;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import muster.fault.Fault;

/// The bounds of names and tags, in one place for every surface.
public final class Names {
  /// The longest name of a device, in characters (code points, as all lengths here).
  public static final int MAX_NAME = 128;

  /// The longest single thing that is kept of what a machine says of itself.
  public static final int MAX_REPORTED = 255;

  private static final int MAX_TAG = 64;
  private static final int MAX_TAGS = 64;
  private static final int MAX_METADATA = 1024;
  private static final Pattern METADATA_KEY = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  private Names() {}

  /// The trimmed name, or a fault that names `field`.
  public static String name(String field, String value) {
    return text(field, value, MAX_NAME);
  }

  /// The trimmed text of 1 to `longest` characters, or a fault that names `field`.
  public static String text(String field, String value, int longest) {
    String text = value.strip();
    if (text.isEmpty() || length(text) > longest || !isPlain(text)) {
      throw Fault.invalid(
          field, value, "1..%d characters, no control characters".formatted(longest));
    }
    return text;
  }

  /// The tags, sorted and each once, or a fault that names `field` and the tag's place.
  public static SortedSet<String> tags(String field, List<String> values) {
    SortedSet<String> tags = new TreeSet<>();
    for (int i = 0; i < values.size(); i++) {
      String tag = values.get(i).strip();
      if (tag.isEmpty() || length(tag) > MAX_TAG || !isPlain(tag)) {
        throw Fault.invalid(
            "%s[%d]".formatted(field, i), values.get(i), "1..64 characters, no control characters");
      }
      tags.add(tag);
    }
    if (tags.size() > MAX_TAGS) {
      throw Fault.invalid(field, tags.size() + " tags", "at most 64 tags");
    }
    return tags;
  }

  /// The metadata after a change: keys of 1–64 letters, digits, `_`, `.` and `-`; values of at most
  /// 1,024 characters, of which an empty one removes its key; at most 64 of them.
  public static Map<String, String> metadata(
      String field, Map<String, String> before, Map<String, String> changes) {
    Map<String, String> after = new HashMap<>(before);
    changes.forEach((key, value) -> {
      if (!METADATA_KEY.matcher(key).matches()) {
        throw Fault.invalid(field, key, "a key of 1..64 letters, digits, _ . -");
      }
      if (length(value) > MAX_METADATA || !isPlain(value)) {
        throw Fault.invalid(
            field + "." + key, value, "at most 1024 characters, no control characters");
      }
      if (value.isEmpty()) {
        after.remove(key);
      } else {
        after.put(key, value);
      }
    });
    if (after.size() > MAX_TAGS) {
      throw Fault.invalid(field, after.size() + " keys", "at most 64 keys");
    }
    return after;
  }

  /// What a machine says, made fit to be kept: control and invisible characters removed, shortened.
  /// Hostile input is not refused here, only made harmless.
  public static String reported(String value, int maxLength) {
    StringBuilder out = new StringBuilder();
    value.codePoints().filter(Names::isPlain).limit(maxLength).forEach(out::appendCodePoint);
    return out.toString().strip();
  }

  /// As [#reported(String, int)]; empty when nothing is left.
  public static Optional<String> reported(Optional<String> value) {
    return value.map(text -> reported(text, MAX_REPORTED)).filter(text -> !text.isEmpty());
  }

  /// Each as [#reported(Optional)], once, without those of which nothing is left.
  public static List<String> reported(List<String> values) {
    return values.stream()
        .flatMap(value -> reported(Optional.of(value)).stream())
        .distinct()
        .toList();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static boolean isPlain(String text) {
    return text.codePoints().allMatch(Names::isPlain);
  }

  private static boolean isPlain(int codePoint) {
    return !Character.isISOControl(codePoint)
        && Character.getType(codePoint) != Character.SURROGATE
        && Character.getType(codePoint) != Character.FORMAT
        && Character.getType(codePoint) != Character.LINE_SEPARATOR
        && Character.getType(codePoint) != Character.PARAGRAPH_SEPARATOR;
  }
}
