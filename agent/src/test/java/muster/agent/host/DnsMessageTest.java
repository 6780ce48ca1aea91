package muster.agent.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsMessageTest {
  private static final int ID = 0x1234;

  private static byte[] question(DnsMessage.Type type) throws IOException {
    return DnsMessage.question(ID, "a.bc", type);
  }

  /// An answer with one record, whose name is that of the question.
  private static byte[] answer(DnsMessage.Type type, int code, int flags, byte... data)
      throws IOException {
    byte[] question = question(type);
    ByteBuffer answer = ByteBuffer.allocate(question.length + 12 + data.length);
    answer.put(question).putShort((short) 0xc00c).putShort((short) code).putShort((short) 1);
    answer.putInt(60).putShort((short) data.length).put(data);
    return answer.putShort(2, (short) (0x8000 | flags)).putShort(6, (short) 1).array();
  }

  @Test
  void question_isAsTheRfcSays() throws Exception {
    assertThat(question(DnsMessage.Type.MX))
        .containsExactly(
            0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 2, 'b', 'c', 0, 0, 15, 0, 1);
    for (String name : new String[] {"", "a..b", "a".repeat(64), "a.".repeat(130) + "a"}) {
      assertThatThrownBy(() -> DnsMessage.question(ID, name, DnsMessage.Type.A))
          .as(name)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void answers_areTold_byType() throws Exception {
    assertThat(told(DnsMessage.Type.A, 1, (byte) 192, (byte) 0, (byte) 2, (byte) 1))
        .isEqualTo("192.0.2.1");
    assertThat(
            told(
                DnsMessage.Type.MX,
                15,
                (byte) 0,
                (byte) 10,
                (byte) 1,
                (byte) 'm',
                (byte) 0xc0,
                (byte) 12))
        .isEqualTo("10 m.a.bc.");
    assertThat(told(DnsMessage.Type.TXT, 16, (byte) 2, (byte) 'h', (byte) 'i', (byte) 1, (byte) 7))
        .isEqualTo("hi\\007");
    assertThat(told(DnsMessage.Type.CNAME, 5, (byte) 0xc0, (byte) 12)).isEqualTo("a.bc.");
  }

  private static String told(DnsMessage.Type type, int code, byte... data) throws IOException {
    return DnsMessage.answer(answer(type, code, 0, data), "a.bc", type).records().get(0);
  }

  @Test
  void answers_ofAnotherType_areLeftOut_andProblemsTold() throws Exception {
    byte[] alias = answer(DnsMessage.Type.A, 5, 0, (byte) 0xc0, (byte) 12);
    assertThat(DnsMessage.answer(alias, "a.bc", DnsMessage.Type.A).records()).isEmpty();
    assertThatThrownBy(
            () -> DnsMessage.answer(answer(DnsMessage.Type.A, 1, 3), "a.bc", DnsMessage.Type.A))
        .hasMessage("a.bc: no such name");
    assertThatThrownBy(
            () -> DnsMessage.answer(answer(DnsMessage.Type.A, 1, 5), "a.bc", DnsMessage.Type.A))
        .hasMessage("a.bc: the name server refuses with code 5");
    assertThat(
            DnsMessage.answer(answer(DnsMessage.Type.A, 1, 0x200), "a.bc", DnsMessage.Type.A)
                .truncated())
        .isTrue();
    assertThat(DnsMessage.answers(alias, ID)).isTrue();
    assertThat(DnsMessage.answers(alias, ID + 1)).isFalse();
    assertThat(DnsMessage.answers(question(DnsMessage.Type.A), ID)).isFalse();
  }

  @Test
  void answer_withANameThatPointsToItself_ends() throws Exception {
    byte[] loop = answer(DnsMessage.Type.CNAME, 5, 0, (byte) 0xc0, (byte) 34);
    loop[loop.length - 1] = (byte) (loop.length - 2);
    assertThatThrownBy(() -> DnsMessage.answer(loop, "a.bc", DnsMessage.Type.CNAME))
        .hasMessage("a.bc: the name server's answer is damaged");
  }

  @Test
  void answer_ofAnyBytes_isToldOrRefused() {
    long seed = Long.getLong("muster.seed", new Random().nextLong());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[12 + random.nextInt(100)];
      random.nextBytes(bytes);
      bytes[3] = 0;
      bytes[4] = 0;
      bytes[6] = 0;
      try {
        DnsMessage.answer(bytes, "a.bc", DnsMessage.Type.values()[random.nextInt(9)]);
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith("a.bc: ");
      }
    }
  }
}
