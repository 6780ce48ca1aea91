package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/// Every row of the page that is about pairing has a test, and every test of it says which rows it
/// shows.
class PairingRowsTest {
  private static final List<Class<?>> TESTS =
      List.of(
          PairingCreateTest.class,
          PairingClaimTest.class,
          PairingGuessTest.class,
          PairingAgentTest.class);

  private static Stream<Method> tests() {
    return TESTS.stream()
        .flatMap(type -> Stream.of(type.getDeclaredMethods()))
        .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class));
  }

  private static List<String> rows(Method test) {
    return AnnotationSupport.findRepeatableAnnotations(test, Tag.class).stream()
        .map(Tag::value)
        .toList();
  }

  @Test
  void tests_nameEveryRowOfPairing() {
    assertThat(tests().flatMap(test -> rows(test).stream()).distinct())
        .containsExactlyInAnyOrder("F024", "F030", "F031", "F032", "F033", "F034", "F036");
  }

  @Test
  void test_namesItsRow() {
    assertThat(tests()).isNotEmpty().allSatisfy(test -> assertThat(rows(test)).isNotEmpty());
  }
}
