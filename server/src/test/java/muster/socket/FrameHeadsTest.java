package muster.socket;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpData;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Frames whose heads the network cut in two.
class FrameHeadsTest {
  private static byte[] frame(int length, boolean masked) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int mask = masked ? 0x80 : 0;
    out.write(0x82);
    if (length < 126) {
      out.write(mask | length);
    } else if (length < 65536) {
      out.write(mask | 126);
      out.write(length >> 8);
      out.write(length);
    } else {
      out.write(mask | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) ((long) length >> shift));
      }
    }
    out.writeBytes(new byte[masked ? 4 : 0]);
    out.writeBytes(new byte[length]);
    return out.toByteArray();
  }

  private static byte[] handedOn(FrameHeads heads, byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(heads.next(HttpData.wrap(piece)).array());
    }
    return out.toByteArray();
  }

  private static byte[] part(byte[] bytes, int from, int to) {
    return java.util.Arrays.copyOfRange(bytes, from, to);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void head_cutAnywhere_comesInOnePiece(int cut) {
    byte[] frame = frame(200, true);
    FrameHeads heads = new FrameHeads();

    assertThat(heads.next(HttpData.wrap(part(frame, 0, cut))).isEmpty()).isTrue();
    assertThat(heads.next(HttpData.wrap(part(frame, cut, frame.length))).array()).isEqualTo(frame);
  }

  @Test
  void payload_isNotHeldUp() {
    byte[] frame = frame(200, true);
    FrameHeads heads = new FrameHeads();

    assertThat(heads.next(HttpData.wrap(part(frame, 0, 50))).length()).isEqualTo(50);
    assertThat(heads.next(HttpData.wrap(part(frame, 50, 208))).length()).isEqualTo(158);
  }

  @Test
  void pieceWithoutAPartOfAHead_isHandedOnAsItIs() {
    HttpData piece = HttpData.wrap(frame(10, true));

    assertThat(new FrameHeads().next(piece)).isSameAs(piece);
  }

  @Test
  void anyStream_cutAnyhow_comesWhole_withNoHeadInTwo() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      List<Integer> heads = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        heads.add(all.size());
        boolean masked = random.nextBoolean();
        all.writeBytes(
            frame(List.of(0, 5, 125, 126, 255, 4000, 70_000).get(random.nextInt(7)), masked));
      }
      byte[] stream = all.toByteArray();
      FrameHeads tested = new FrameHeads();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      int at = 0;
      while (at < stream.length) {
        int to = Math.min(stream.length, at + 1 + random.nextInt(random.nextBoolean() ? 5 : 9000));
        out.writeBytes(tested.next(HttpData.wrap(part(stream, at, to))).array());
        int cut = out.size();
        assertThat(heads.stream().noneMatch(head -> cut > head && cut < head + 2))
            .as("cut at %d", cut)
            .isTrue();
        at = to;
      }
      assertThat(out.toByteArray()).isEqualTo(stream);
    }
  }

  @Test
  void lengthThatIsNegative_isLeftToTheDecoder() {
    byte[] head = {(byte) 0x82, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 1, 2, 3};

    assertThat(handedOn(new FrameHeads(), head, new byte[] {4, 5})).hasSize(head.length + 2);
  }
}
