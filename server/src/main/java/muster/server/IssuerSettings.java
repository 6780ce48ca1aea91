package muster.server;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.auth.Role;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.jwt.TrustedIssuer;
import muster.jwt.TrustedIssuer.Grant;

/// Reads `issuers` of a configuration file: a section for each, by our name for it.
final class IssuerSettings {
  private static final String PREFIX = "issuers.";
  private static final String ROLES = "viewer, operator, admin or owner";

  private final ConfigFile file;

  IssuerSettings(ConfigFile file) {
    this.file = file;
  }

  List<TrustedIssuer> read() {
    List<TrustedIssuer> issuers = new ArrayList<>();
    Set<String> urls = new LinkedHashSet<>();
    for (String name : names()) {
      TrustedIssuer issuer = issuer(name);
      if (!issuer.url().isEmpty() && !urls.add(issuer.url())) {
        file.mistake("%s%s.url: %s is another's too".formatted(PREFIX, name, issuer.url()));
      }
      issuers.add(issuer);
    }
    return List.copyOf(issuers);
  }

  private Set<String> names() {
    Set<String> names =
        file.keysUnder(PREFIX).stream()
            .map(key -> key.substring(PREFIX.length()).split("\\.", 2)[0])
            .collect(Collectors.toCollection(LinkedHashSet::new));
    for (String name : names) {
      if (!name.matches("[a-z0-9][a-z0-9-]{0,31}")) {
        file.mistake("%s%s: not a name (expected: 1..32 of a-z 0-9 -)".formatted(PREFIX, name));
      }
    }
    return names;
  }

  private TrustedIssuer issuer(String name) {
    String at = PREFIX + name + ".";
    Optional<Role> otherwise = role(at + "default_role");
    return new TrustedIssuer(
        name,
        required(at + "url", "https://host[/path], as it stands in iss", IssuerSettings::url),
        required(at + "audience", "what stands in aud for this server", Function.identity()),
        file.value(
            at + "algorithms",
            TrustedIssuer.USUAL_ALGORITHMS,
            String.join(", ", TrustedIssuer.ALGORITHMS),
            IssuerSettings::algorithms),
        file.value(at + "username_claim", "preferred_username", "a claim", Function.identity()),
        file.value(at + "role_claim", "roles", "a claim", Function.identity()),
        grants(at),
        otherwise.map(role -> new Grant(role, Optional.empty())));
  }

  private String required(String key, String expected, Function<String, String> parse) {
    int before = file.mistakes();
    String value = file.value(key, "", expected, parse);
    if (value.isEmpty() && file.mistakes() == before) {
      file.mistake("%s: nothing (expected: %s)".formatted(key, expected));
    }
    return value;
  }

  private static String url(String text) {
    URI uri = URI.create(text);
    if (!TrustedIssuer.isSafe(uri) || uri.getQuery() != null) {
      throw new IllegalArgumentException(text);
    }
    return text;
  }

  private static Set<String> algorithms(String text) {
    Set<String> algorithms =
        Stream.of(text.split(",")).map(String::strip).collect(Collectors.toUnmodifiableSet());
    if (!TrustedIssuer.ALGORITHMS.containsAll(algorithms)) {
      throw new IllegalArgumentException(text);
    }
    return algorithms;
  }

  private Optional<Role> role(String key) {
    return file.value(
        key,
        Optional.empty(),
        ROLES,
        text ->
            Optional.of(Role.ofWord(text).orElseThrow(() -> new IllegalArgumentException(text))));
  }

  /// In the order of `roles`; a scope without its role is a mistake.
  private List<Map.Entry<String, Grant>> grants(String at) {
    String roles = at + "roles.";
    String scopes = at + "scopes.";
    List<Map.Entry<String, Grant>> grants = new ArrayList<>();
    for (String key : file.keysUnder(roles)) {
      String value = key.substring(roles.length());
      Optional<Filter> scope =
          file.value(
              scopes + value, Optional.empty(), "a filter such as tag:prod", IssuerSettings::scope);
      role(key).ifPresent(role -> grants.add(Map.entry(value, new Grant(role, scope))));
    }
    for (String key : file.keysUnder(scopes)) {
      if (!file.keysUnder(roles).contains(roles + key.substring(scopes.length()))) {
        file.know(key);
        file.mistake("%s: a scope without a role (expected: the same under roles)".formatted(key));
      }
    }
    return List.copyOf(grants);
  }

  private static Optional<Filter> scope(String text) {
    try {
      return Optional.of(DeviceFields.scope(text));
    } catch (Fault e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
