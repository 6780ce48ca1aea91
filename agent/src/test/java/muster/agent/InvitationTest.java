package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import muster.agent.Invitation.Transport;
import muster.agent.net.CaPin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InvitationTest {
  private static final String PIN = "sha256/+4vdZcPU/kYm0ZfNTq5ZLZTOYGR4K2aNRYKcW3JH4pA=";

  @Test
  void parse_whatTheQrSays() {
    Invitation invitation =
        Invitation.parse(
            "muster://pair?host=muster.example&port=443&code=847291&secret=a-b_c&ca="
                + "sha256%2F%2B4vdZcPU%2FkYm0ZfNTq5ZLZTOYGR4K2aNRYKcW3JH4pA%3D");
    assertThat(invitation)
        .isEqualTo(
            new Invitation(
                "muster.example",
                443,
                Optional.of("847291"),
                Optional.of("a-b_c"),
                Optional.of(new CaPin(PIN)),
                Optional.empty()));
    assertThat(invitation.address(Transport.TLS)).hasToString("https://muster.example:443");
  }

  @Test
  void parse_pinWithoutEscapes_isTheSame() {
    assertThat(Invitation.parse("muster://pair?host=h&code=1&ca=" + PIN).pin())
        .contains(new CaPin(PIN));
  }

  @Test
  void port_unsaid_is18781() {
    assertThat(Invitation.parse("muster://pair?host=10.0.0.5&code=847291").address(Transport.PLAIN))
        .hasToString("http://10.0.0.5:18781");
  }

  @Test
  void host_ofIpv6_standsInBrackets() {
    for (String host : new String[] {"fd00::5", "%5Bfd00::5%5D"}) {
      assertThat(Invitation.parse("muster://pair?code=1&host=" + host).address(Transport.TLS))
          .hasToString("https://[fd00::5]:18781");
    }
  }

  @Test
  void code_asPeopleWriteIt_isSixDigits() {
    assertThat(Invitation.parse("muster://pair?host=h&code=847%20291").code()).contains("847291");
    assertThat(Invitation.parse("muster://pair?host=h&code=84-72-91").code()).contains("847291");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "muster://pair",
        "muster://pair?code=847291",
        "muster://pair?host=h",
        "muster://other?host=h&code=847291",
        "https://pair?host=h&code=847291",
        "muster://pair?host=h&code=847291&port=0",
        "muster://pair?host=h&code=847291&port=x",
        "muster://pair?host=h&code=847291&ca=md5/1"
      })
  void parse_nonsense_isRefusedWithoutTheCode(String text) {
    assertThatThrownBy(() -> Invitation.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: ")
        .hasMessageNotContaining("847291");
  }

  @Test
  void printed_itShowsNeitherCodeNorSecret() {
    assertThat(Invitation.parse("muster://pair?host=h&code=847291&secret=s3cr3t"))
        .hasToString("h:18781");
  }
}
