package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/// Every row of the page has a test, and every test here says which row it shows.
class KvmFleetRowsTest {
  @Test
  void tests_ofThisPackage_nameEveryRowOfThePage() throws Exception {
    Set<String> rows =
        IntStream.rangeClosed(1, 22)
            .mapToObj("F%03d"::formatted)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> named =
        tests().stream()
            .filter(test -> !AnnotationSupport.isAnnotated(test, Disabled.class))
            .flatMap(KvmFleetRowsTest::tags)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(named).isEqualTo(rows);
  }

  @Test
  void test_ofThisPackage_namesItsRow() throws Exception {
    assertThat(tests()).allSatisfy(test -> assertThat(tags(test)).isNotEmpty());
  }

  private static Stream<String> tags(Method test) {
    return AnnotationSupport.findRepeatableAnnotations(test, Tag.class).stream().map(Tag::value);
  }

  private static List<Method> tests() throws IOException, URISyntaxException {
    Path here =
        Path.of(KvmFleetRowsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files =
        Files.list(here.resolve(KvmFleetRowsTest.class.getPackageName().replace('.', '/')))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.class") && !name.contains("$"))
          .map(name -> load(name.substring(0, name.length() - ".class".length())))
          .filter(type -> !type.equals(KvmFleetRowsTest.class))
          .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
          .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
          .toList();
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(KvmFleetRowsTest.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
