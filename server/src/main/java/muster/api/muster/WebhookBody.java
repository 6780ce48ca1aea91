package muster.api.muster;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.http.JsonBody;
import muster.outbound.Destinations;
import muster.webhook.EventNames;
import muster.webhook.Retry;
import muster.webhook.Webhook;

/// What is said of a webhook when it is made or changed.
final class WebhookBody {
  static final String[] FIELDS = {
    "url", "events", "filter", "headers", "retry", "description", "enabled"
  };

  private static final int LONGEST_URL = 2048;
  private static final int LONGEST_DESCRIPTION = 500;
  private static final int LONGEST_HEADER = 4096;
  private static final int MOST_HEADERS = 20;
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{0,4096}");

  /// Those that say how the request is to be read, and those that the signature stands in.
  private static final Set<String> RESERVED =
      Set.of(
          "host",
          "connection",
          "content-length",
          "content-type",
          "content-encoding",
          "transfer-encoding",
          "te",
          "trailer",
          "upgrade",
          "expect",
          "keep-alive",
          "proxy-connection",
          "webhook-id",
          "webhook-timestamp",
          "webhook-signature");

  private WebhookBody() {}

  /// @param before what holds where nothing is said; empty for a new one
  static Webhook.Settings settings(
      JsonBody body, Optional<Webhook.Settings> before, Destinations destinations) {
    return new Webhook.Settings(
        body.optText("url")
            .map(text -> url(text, destinations))
            .or(() -> before.map(Webhook.Settings::url))
            .orElseThrow(() -> Fault.invalid("url", "nothing", "https://host/path")),
        body.optTexts("events")
            .map(WebhookBody::events)
            .or(() -> before.map(Webhook.Settings::events))
            .orElseThrow(() -> Fault.invalid("events", "nothing", "names of events")),
        filter(body, before),
        headers(body).or(() -> before.map(Webhook.Settings::headers)).orElse(Map.of()),
        retry(body, before.map(Webhook.Settings::retry).orElse(Retry.USUAL)),
        body.optText("description")
            .map(WebhookBody::description)
            .or(() -> before.map(Webhook.Settings::description))
            .orElse(""));
  }

  private static String description(String text) {
    if (text.length() > LONGEST_DESCRIPTION) {
      throw Fault.invalid(
          "description", text.length() + " characters", "at most " + LONGEST_DESCRIPTION);
    }
    return text;
  }

  private static URI url(String text, Destinations destinations) {
    String expected = "https://host/path, at most %d characters".formatted(LONGEST_URL);
    try {
      URI uri = new URI(text);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if (!scheme.matches("https?")
          || uri.getHost() == null
          || uri.getRawUserInfo() != null
          || uri.getRawFragment() != null
          || text.length() > LONGEST_URL) {
        throw Fault.invalid("url", text, expected + ", without user and fragment");
      }
      Destinations.Resolved resolved = destinations.resolve(uri);
      if (resolved.problem().isPresent() && !resolved.isUnknown()) {
        throw new Fault(
            FaultCode.INVALID_ARGUMENT, "url: " + resolved.problem().get(), Map.of("field", "url"));
      }
      return uri;
    } catch (URISyntaxException e) {
      throw Fault.invalid("url", text, expected);
    }
  }

  private static List<String> events(List<String> names) {
    if (names.isEmpty()) {
      throw Fault.invalid("events", "none", "at least one");
    }
    for (int i = 0; i < names.size(); i++) {
      if (!EventNames.isKnown(names.get(i))) {
        throw Fault.invalid(
            "events[%d]".formatted(i),
            names.get(i),
            "*, device.*, deployment.* or one of " + EventNames.known());
      }
    }
    return names.stream().distinct().toList();
  }

  private static Optional<Filter> filter(JsonBody body, Optional<Webhook.Settings> before) {
    if (!body.has("filter")) {
      return before.flatMap(Webhook.Settings::filter);
    }
    return body.optText("filter").filter(text -> !text.isBlank()).map(DeviceFields::filter);
  }

  private static Optional<Map<String, String>> headers(JsonBody body) {
    return body.optObject("headers")
        .map(given -> {
          if (given.size() > MOST_HEADERS) {
            throw Fault.invalid("headers", given.size(), "at most " + MOST_HEADERS);
          }
          Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
          given.forEach((name, value) -> {
            if (!HEADER_NAME.matcher(name).matches()
                || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
              throw Fault.invalid(
                  "headers", name, "the name of a header that is not the server's own");
            }
            if (!(value instanceof String text) || !HEADER_VALUE.matcher(text).matches()) {
              // The value is a secret.
              throw Fault.invalid(
                  "headers." + name,
                  "its value",
                  "a text of ASCII without line ends, at most %d characters"
                      .formatted(LONGEST_HEADER));
            }
            headers.put(name, text);
          });
          return headers;
        });
  }

  private static Retry retry(JsonBody body, Retry before) {
    Optional<Map<String, Object>> given = body.optObject("retry");
    if (given.isEmpty()) {
      return before;
    }
    given
        .get()
        .keySet()
        .forEach(key -> {
          if (!Set.of("max_attempts", "backoff").contains(key)) {
            throw Fault.invalid("retry", key, "max_attempts, backoff");
          }
        });
    Object most = given.get().getOrDefault("max_attempts", before.maxAttempts());
    Object backoff =
        given.get().getOrDefault("backoff", before.backoff().name().toLowerCase(Locale.ROOT));
    if (!(most instanceof Number number)
        || number.doubleValue() != number.intValue()
        || number.intValue() < 1
        || number.intValue() > Retry.MOST) {
      throw Fault.invalid("retry.max_attempts", most, "1.." + Retry.MOST);
    }
    return new Retry(
        number.intValue(),
        switch (String.valueOf(backoff)) {
          case "exponential" -> Retry.Backoff.EXPONENTIAL;
          case "fixed" -> Retry.Backoff.FIXED;
          default -> throw Fault.invalid("retry.backoff", backoff, "exponential or fixed");
        });
  }
}
