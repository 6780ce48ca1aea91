package muster.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import muster.fault.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteRequestTest {
  private static RemoteRequest of(String type, String target) {
    return RemoteRequest.of(
        Optional.of(type), Optional.empty(), Optional.empty(), Optional.ofNullable(target));
  }

  @Test
  void nothingSaid_isATerminalOfTheUsualSize() {
    RemoteRequest request =
        RemoteRequest.of(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    assertThat(request).isEqualTo(new RemoteRequest(RemoteKind.TERMINAL, 80, 24, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "tcp,5432,127.0.0.1:5432",
    "tcp,db.local:22,db.local:22",
    "tcp,[::1]:80,[::1]:80",
    "http,,127.0.0.1:80",
    "http,8080,127.0.0.1:8080",
    "http,intra,intra:80",
    "http,[fd00::1],[fd00::1]:80"
  })
  void targets_areReadAsMeant(String type, String target, String read) {
    assertThat(of(type, target).target().orElseThrow()).hasToString(read);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp,,target",
    "tcp,db,target",
    "tcp,0,target",
    "tcp,70000,target",
    "tcp,a:b:1,target",
    "tcp,user@host:1,target",
    "tcp,'a b:1',target",
    "tcp,:80,target",
    "http,http://x,target",
    "terminal,22,target",
    "vnc,,type"
  })
  void nonsense_isRefusedByName(String type, String target, String field) {
    assertThatThrownBy(() -> of(type, target))
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void sizes_haveBounds() {
    for (long size : new long[] {0, -1, 1001, Long.MAX_VALUE}) {
      assertThatThrownBy(() ->
              RemoteRequest.of(
                  Optional.empty(), Optional.of(size), Optional.empty(), Optional.empty()))
          .hasMessage("cols: " + size + " (expected: 1..1000)");
    }
  }
}
