package muster.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which local port leads where: `5432`, `8080:80`, `db:5432`, `15432:db:5432`, `8080:[::1]:80`.
///
/// @param localPort 0 = any free one
/// @param target as the server takes it
record ForwardSpec(int localPort, String target) {
  private static final int MAX_PORT = 65_535;
  private static final Pattern FORM =
      Pattern.compile(
          "(?:([0-9]+):)?(?:(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]*[A-Za-z._-][A-Za-z0-9._-]*):)?([0-9]+)");

  static ForwardSpec parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw expected(text);
    }
    int port = port(text, matcher.group(3), 1);
    int local = matcher.group(1) == null ? port : port(text, matcher.group(1), 0);
    String host = matcher.group(2);
    return new ForwardSpec(local, host == null ? "" + port : host + ":" + port);
  }

  private static int port(String text, String port, int least) {
    int number = port.length() > 5 ? MAX_PORT + 1 : Integer.parseInt(port);
    if (number < least || number > MAX_PORT) {
      throw expected(text);
    }
    return number;
  }

  private static Failure expected(String text) {
    return new Failure(
        Exit.USAGE, text + ": not a forwarding (expected: [<local port>:][<host>:]<port>)");
  }
}
