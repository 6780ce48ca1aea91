package muster.binary;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import muster.device.Names;
import muster.fault.Fault;

/// What a file is, as whoever uploads it says: trimmed, within bounds, without control characters.
///
/// @param name 1 to 128 characters, such as `firmware.bin`
/// @param version 1 to 64 characters, such as `2.0.0`; only compared for being the same
/// @param platform 1 to 64 characters: which devices it is for
/// @param architecture 1 to 64 characters: for which processors; absent = for any
/// @param metadata free text by key, in the bounds of a device's
/// @param contentType its media type; told and not looked at
/// @param signature by whoever made the file; told and not checked
public record Label(
    String name,
    String version,
    String platform,
    Optional<String> architecture,
    Map<String, String> metadata,
    Optional<String> contentType,
    Optional<Signature> signature) {
  private static final int LONGEST = 64;
  private static final Pattern MEDIA_TYPE =
      Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}(;[ -~]{1,120})?");

  public Label {
    name = Names.name("name", name);
    version = Names.text("version", version, LONGEST);
    platform = Names.text("platform", platform, LONGEST);
    architecture = architecture.map(text -> Names.text("architecture", text, LONGEST));
    metadata = Map.copyOf(Names.metadata("metadata", Map.of(), metadata));
    contentType
        .filter(text -> !MEDIA_TYPE.matcher(text).matches())
        .ifPresent(text -> {
          throw Fault.invalid("content_type", text, "a media type such as application/zip");
        });
  }

  /// As people say it: `firmware.bin 2.0.0 for raspberry-pi`.
  @Override
  public String toString() {
    return "%s %s for %s%s"
        .formatted(name, version, platform, architecture.map(text -> " " + text).orElse(""));
  }
}
