package muster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RpcTest {
  private static final JsonObject PARAMS = JsonObject.builder().put("reason", "x").build();
  private static final List<Rpc> FRAMES =
      List.of(
          new Rpc.Request(Rpc.Id.of(7), "tool.execute", PARAMS),
          new Rpc.Request(new Rpc.Id("seven"), "tool.execute", JsonObject.empty()),
          new Rpc.Notification("device.disconnect", PARAMS),
          new Rpc.Success(Rpc.Id.of(7), JsonObject.empty()),
          new Rpc.Failure(Optional.of(Rpc.Id.of(7)), new RpcError(RpcError.BUSY, "16 run")),
          new Rpc.Failure(Optional.empty(), new RpcError(RpcError.PARSE_ERROR, "no")));

  @Test
  void frames_roundTrip() {
    for (Rpc frame : FRAMES) {
      assertThat(Rpc.parse(frame.format())).isEqualTo(frame);
    }
  }

  @Test
  void format_request_readsAsInTheProtocol() {
    assertThat(FRAMES.get(0).format())
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tool.execute\","
                + "\"params\":{\"reason\":\"x\"}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                       | -32700 | ",
        "[]                                      | -32600 | ",
        "{}                                      | -32600 | ",
        "{\"jsonrpc\":\"1.0\",\"id\":3}          | -32600 | 3",
        "{\"jsonrpc\":\"2.0\",\"id\":3}          | -32600 | 3",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":1} | -32600 | 3",
        "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"} | -32600 | ",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"a\",\"params\":[]} | -32600 | 3",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{}} | -32600 | 3",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}     | -32600 | ",
      })
  void parse_noFrame_tellsCodeAndId(String text, int code, Long id) {
    RpcException e = catchThrowableOfType(RpcException.class, () -> Rpc.parse(text));

    assertThat(e.error().code()).isEqualTo(code);
    assertThat(e.id()).isEqualTo(Optional.ofNullable(id).map(Rpc.Id::new));
  }

  @Test
  void parse_mutatedFrames_throwNothingButRpcException() {
    for (int seed = 0; seed < 5_000; seed++) {
      String frame = FRAMES.get(seed % FRAMES.size()).format();
      String mutated = JsonTest.mutate(frame.getBytes(StandardCharsets.UTF_8), new Random(seed));
      try {
        Rpc.parse(mutated);
      } catch (RpcException expected) {
        assertThat(expected.error().message()).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + mutated, e);
      }
    }
  }
}
