package muster.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Holds the compiled classes against `package-order.txt`.
class PackageOrderTest {
  private final Map<String, Set<String>> uses = CompiledClasses.uses();
  private final List<String> order = order();

  @Test
  void everyPackage_standsInTheOrder() {
    assertThat(uses.keySet()).isNotEmpty().isSubsetOf(order);
  }

  @Test
  void theOrder_namesNoPackageThatIsGone() {
    assertThat(order).isSubsetOf(uses.keySet()).doesNotHaveDuplicates();
  }

  @Test
  void noPackage_usesOneBelowIt() {
    List<String> wrong = new ArrayList<>();
    uses.forEach((from, targets) -> {
      for (String to : targets) {
        if (order.contains(to) && order.indexOf(to) > order.indexOf(from)) {
          wrong.add(from + " uses " + to);
        }
      }
    });
    assertThat(wrong).isEmpty();
  }

  @Test
  void theCore_usesTheJdkOnly() {
    List<String> core = order.subList(order.indexOf("muster.fault"), order.indexOf("muster.store"));
    assertThat(strangers(core, core)).isEmpty();
  }

  @Test
  void theAgent_usesTheJdkAndTheWireOnly() {
    List<String> agent = order.stream().filter(name -> name.startsWith("muster.agent")).toList();
    List<String> allowed = new ArrayList<>(agent);
    allowed.add("muster.wire");
    assertThat(strangers(agent, allowed)).isEmpty();
  }

  @Test
  void theCommandLine_usesNothingOfTheServer() {
    assertThat(uses.get("muster.cli")).noneMatch(name -> name.startsWith("muster."));
  }

  private List<String> strangers(List<String> packages, List<String> allowed) {
    List<String> found = new ArrayList<>();
    for (String from : packages) {
      for (String to : uses.get(from)) {
        boolean known =
            to.startsWith("java.")
                || to.startsWith("javax.")
                || to.equals("org.jspecify.annotations")
                || allowed.contains(to);
        if (!known) {
          found.add(from + " uses " + to);
        }
      }
    }
    return found;
  }

  private static List<String> order() {
    try (InputStream in =
            Objects.requireNonNull(
                PackageOrderTest.class.getResourceAsStream("/package-order.txt"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
