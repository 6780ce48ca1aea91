package muster.it.page;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/// Every row of the pages that are served has a test that names it.
class RowsTest {
  private static final Path CLASSES = classes();

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "KVM Fleet, 1, 22",
    "Snippbot, 23, 67",
    "fleetd's protocols and devices, 68, 93",
    "fleetd's updates, 94, 99",
    "fleetd's binaries, 103, 104",
    "fleetd's measures and verdicts, 100, 101",
    "fleetd's sockets, 105, 106",
    "fleetd's lists and masks, 110, 118",
    "fleetd's webhooks, 119, 121",
    "fleetd's versions and switches, 122, 124",
    "Agents, 125, 138", // 139 is the page's licence
    "Agentbot, 140, 153",
    "the agents' socket, 159, 159"
  })
  void everyRow_hasATest(String page, int first, int last) throws IOException {
    Set<String> rows =
        IntStream.rangeClosed(first, last)
            .mapToObj("F%03d"::formatted)
            .collect(Collectors.toCollection(TreeSet::new));
    rows.removeAll(
        tests("muster/it")
            .filter(test -> !AnnotationSupport.isAnnotated(test, Disabled.class))
            .flatMap(RowsTest::tags)
            .toList());
    assertThat(rows).as("rows of %s without a test", page).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "muster/it/kvmfleet",
    "muster/it/snippbot",
    "muster/it/fleetd",
    "muster/it/agents",
    "muster/it/agentbot"
  })
  void everyTest_ofAPage_namesItsRow(String directory) throws IOException {
    List<Method> tests = tests(directory).toList();
    assertThat(tests).isNotEmpty().allSatisfy(test -> assertThat(tags(test)).isNotEmpty());
  }

  @Test
  void rows_areNamedAsInTheContract() throws IOException {
    assertThat(tests("muster/it").flatMap(RowsTest::tags).distinct())
        .allMatch(tag -> tag.matches("F(0\\d\\d|1[0-5]\\d)"));
  }

  private static Stream<String> tags(Method test) {
    return AnnotationSupport.findRepeatableAnnotations(test, Tag.class).stream().map(Tag::value);
  }

  private static Path classes() {
    try {
      return Path.of(RowsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Method> tests(String directory) throws IOException {
    try (Stream<Path> files = Files.walk(CLASSES.resolve(directory))) {
      return files
          .map(file -> CLASSES.relativize(file).toString())
          .filter(name -> name.endsWith("Test.class") && !name.contains("$"))
          .map(name -> load(name.substring(0, name.length() - ".class".length())))
          .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
          .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
          .toList()
          .stream();
    }
  }

  private static Class<?> load(String path) {
    try {
      return Class.forName(path.replace('/', '.'), false, RowsTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
