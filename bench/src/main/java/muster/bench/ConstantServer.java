package muster.bench;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The bare HTTP stack: answers the same bytes to every request. What Muster could reach at most.
final class ConstantServer {
  private ConstantServer() {}

  /// @param args the port, and a file with the body
  public static void main(String[] args) throws Exception {
    byte[] body = Files.readString(Path.of(args[1])).getBytes(StandardCharsets.UTF_8);
    Server.builder()
        .http(Integer.parseInt(args[0]))
        .serviceUnder(
            "/", (context, request) -> HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, body))
        .build()
        .start()
        .join();
  }
}
