package muster.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenTest {
  @Test
  void random_eachKindOfText_parsesToTheSame() {
    Set<String> seen = new HashSet<>();
    for (Token.Kind kind : EnumSet.complementOf(EnumSet.of(Token.Kind.CERTIFICATE))) {
      Token token = Token.random(kind);
      Token parsed = Token.parse(token.text()).orElseThrow();
      assertThat(parsed.kind()).isEqualTo(kind);
      assertThat(parsed.id()).isEqualTo(token.id());
      assertThat(parsed.hash()).isEqualTo(token.hash());
      assertThat(parsed.matches(token.hash())).isTrue();
      assertThat(token.text()).hasSizeGreaterThan(64);
      assertThat(seen.add(token.text().substring(0, token.text().indexOf('_')))).isTrue();
    }
  }

  @Test
  void certificate_isNeverShownAsText() {
    assertThat(Token.parse(Token.random(Token.Kind.CERTIFICATE).text())).isEmpty();
  }

  @Test
  void kinds_haveThePublishedPrefixes() {
    assertThat(Token.random(Token.Kind.KEY).text()).startsWith("mk_");
    assertThat(Token.random(Token.Kind.KEY).id()).startsWith("key_");
    assertThat(Token.random(Token.Kind.SESSION).text()).startsWith("sess_");
    assertThat(Token.random(Token.Kind.DEVICE).text()).startsWith("agt_");
    assertThat(Token.random(Token.Kind.ENROLLMENT).text()).startsWith("ekvent_");
  }

  @Test
  void parse_whatIsNoToken_isEmpty() {
    for (String text :
        List.of(
            "",
            "_",
            "__",
            "mk",
            "mk_",
            "mk_a",
            "mk_a_",
            "mk__b",
            "_a_b",
            "MK_a_b",
            "xx_a_b",
            "mk_a_b_c",
            "agt a b",
            "mk_a_" + "b".repeat(124))) {
      assertThat(Token.parse(text)).as(text).isEmpty();
    }
  }

  @Test
  void matches_otherSecretOrKind_isFalse() {
    Token token = Token.parse("mk_a_secret").orElseThrow();
    assertThat(token.matches(Token.parse("mk_a_secret").orElseThrow().hash())).isTrue();
    assertThat(token.matches(Token.parse("mk_a_secres").orElseThrow().hash())).isFalse();
    assertThat(token.matches(Token.parse("sess_a_secret").orElseThrow().hash())).isFalse();
    assertThat(token.matches("")).isFalse();
  }

  @Test
  void toString_neverShowsTheSecret() {
    Token token = Token.random(Token.Kind.KEY);
    String secret = token.text().substring(token.text().lastIndexOf('_') + 1);
    assertThat(token.toString()).startsWith("mk_").doesNotContain(secret).endsWith("_…");
    assertThat(token.id()).doesNotContain(secret);
    assertThat(token.hash()).doesNotContain(secret);
  }
}
