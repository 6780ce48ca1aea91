package muster.it.hostile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import muster.http.Route;

/// `authorisation.txt`, read.
final class AuthorisationTable {
  static final List<String> ROLES = List.of("viewer", "operator", "admin", "owner");

  private static final Set<String> WHO =
      Set.of("open", "device", "viewer", "operator", "admin", "owner");
  private static final Set<String> SCOPES = Set.of("-", "any", "one", "some", "none");

  /// @param who the lowest role, `open` or `device`
  /// @param action what a success writes into the audit log, `-` for nothing
  record Line(String route, String who, String scope, String action) {
    boolean isForPeople() {
      return ROLES.contains(who);
    }

    boolean allows(String role) {
      return ROLES.indexOf(role) >= ROLES.indexOf(who);
    }
  }

  private final Map<String, Line> lines = new LinkedHashMap<>();

  static AuthorisationTable read() {
    AuthorisationTable table = new AuthorisationTable();
    try (InputStream in =
        Objects.requireNonNull(
            AuthorisationTable.class.getResourceAsStream("/authorisation.txt"))) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(table::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table;
  }

  private void add(String text) {
    String[] parts = text.strip().split("\\s+");
    if (parts.length != 5 || !WHO.contains(parts[2]) || !SCOPES.contains(parts[3])) {
      throw new AssertionError(
          """
          authorisation.txt: %s
          expected: METHOD /path  who of %s  scope of %s  audit action or -
          """
              .formatted(text, WHO, SCOPES));
    }
    Line line = new Line(parts[0] + " " + parts[1], parts[2], parts[3], parts[4]);
    if (lines.put(line.route(), line) != null) {
      throw new AssertionError("authorisation.txt: twice: " + line.route());
    }
  }

  static String name(Route route) {
    return route.method() + " " + route.path();
  }

  Line ofRpc(Route rpc) {
    String name = "RPC " + rpc.path();
    return Objects.requireNonNull(lines.get(name), () -> missing(name));
  }

  Line of(Route route) {
    return Objects.requireNonNull(lines.get(name(route)), () -> missing(name(route)));
  }

  private static String missing(String route) {
    return """
    %s is a route of the server and not in authorisation.txt.
    Add a line that says who may call it, such as
    %s  operator  one  -
    and a good request for it to hostile/SamplePaths.java and SampleBodies.java.\
    """
        .formatted(route, route.replace(" ", "  "));
  }

  /// What is wrong between the table and the routes, in sentences; empty when nothing is.
  List<String> disagreements(Collection<String> routes) {
    List<String> wrong = new ArrayList<>();
    routes.stream().filter(name -> !lines.containsKey(name)).forEach(n -> wrong.add(missing(n)));
    lines.keySet().stream()
        .filter(name -> !routes.contains(name))
        .forEach(name ->
            wrong.add(name + " is in authorisation.txt and no route of the server: take it out."));
    return wrong;
  }
}
