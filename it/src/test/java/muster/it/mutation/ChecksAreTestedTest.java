package muster.it.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.engine.CancellationToken;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherExecutionRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Disarms every check on rights, one at a time, in this running JVM, and runs the tests: they must
/// fail. Takes minutes, so it runs when asked for: `it/mutation`, see CONTRIBUTING.md.
@EnabledIfSystemProperty(named = "muster.mutation", matches = ".+")
class ChecksAreTestedTest {
  private static final String ROUTES = "muster.it.hostile.AuthorisationTest";
  private static final String LET_IN = "muster.it.hostile.LetInTest";
  private static final String DOORS = "muster.it.hostile.CredentialsOfRoutesTest";
  private static final String PEOPLE = "muster.it.account.PrincipalsTest";
  private static final String RACES = "muster.it.account.LogInRaceTest";
  private static final String KEYS = "muster.it.account.KeysTest";
  private static final String LOG_IN = "muster.it.account.LogInTest";
  private static final String TOOL_RIGHTS = "muster.it.tool.ToolRightsTest";
  private static final String DELIVERY = "muster.it.command.DeliveryTest";
  private static final String CHANGES = "muster.it.kvmfleet.KvmFleetChangeTest";
  private static final String LARGE_LIST = "muster.it.kvmfleet.KvmFleetLargeListTest";
  private static final String DELETIONS = "muster.it.kvmfleet.KvmFleetDeleteTest";
  private static final String REGISTRATION = "muster.it.kvmfleet.KvmFleetRegistrationTest";
  private static final String ENROLLMENT = "muster.it.account.EnrollmentTokensTest";
  private static final String PAIRING = "muster.it.snippbot.PairingClaimTest";
  private static final String PAIRING_AGAIN = "muster.it.snippbot.PairingAgainTest";
  private static final String LIFE_CYCLE = "muster.it.snippbot.SnippbotLifeCycleTest";
  private static final String EXECUTE = "muster.it.snippbot.SnippbotExecuteTest";
  private static final String GROUPS = "muster.it.snippbot.SnippbotGroupTest";
  private static final String GROUP_EXECUTE = "muster.it.snippbot.SnippbotGroupExecuteTest";
  private static final String FENCES = "muster.it.snippbot.GroupFenceTest";
  private static final String AGENTBOT = "muster.it.agentbot.AgentbotTest";
  private static final String ROUTING = "muster.it.snippbot.SnippbotRoutingTest";
  private static final String SOCKET = "muster.it.kvmfleet.KvmFleetSocketTest";
  private static final String PROVISION = "muster.it.agents.ProvisionTest";
  private static final String DEPLOY = "muster.it.agents.DeployTest";
  private static final String CERTIFICATES = "muster.it.command.CertificatesOnRecordTest";
  private static final String PLAINTEXT = "muster.it.transport.PlaintextTest";

  /// Where the checks are, and the tests that are to miss them, likeliest first: a mutant is dead
  /// at the first failure.
  private static final Map<String, List<String>> TESTS = tests();

  private static Map<String, List<String>> tests() {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    tests.put("muster.auth.Access", List.of(ROUTES, LET_IN, KEYS, LOG_IN, DELIVERY));
    tests.put("muster.auth.Role", List.of(ROUTES, DOORS, KEYS, LOG_IN));
    tests.put("muster.tool.Tools", List.of(ROUTES, TOOL_RIGHTS));
    tests.put("muster.audit.Audit", List.of(ROUTES));
    tests.put(
        "muster.account.Credentials",
        List.of(
            ROUTES,
            DOORS,
            CERTIFICATES,
            RACES,
            LOG_IN,
            REGISTRATION,
            PEOPLE,
            KEYS,
            DELIVERY,
            DELETIONS));
    tests.put("muster.account.Keys", List.of(RACES, KEYS, PEOPLE));
    tests.put("muster.account.Users", List.of(RACES, LOG_IN, PEOPLE, ROUTES));
    tests.put("muster.account.User", List.of(PEOPLE));
    tests.put(
        "muster.device.Devices", List.of(ROUTES, LET_IN, KEYS, CHANGES, DELETIONS, LARGE_LIST));
    tests.put("muster.enrollment.Enrollments", List.of(REGISTRATION, ENROLLMENT, ROUTES));
    tests.put("muster.enrollment.Intake", List.of(REGISTRATION, PAIRING, PAIRING_AGAIN));
    tests.put("muster.enrollment.Provisions", List.of(ROUTES, PROVISION, DEPLOY));
    tests.put("muster.deploy.Deploys", List.of(ROUTES));
    tests.put("muster.pairing.Pairings", List.of(ROUTES, PAIRING, PAIRING_AGAIN));
    tests.put("muster.device.Approvals", List.of(ROUTES, LIFE_CYCLE, AGENTBOT));
    tests.put("muster.group.Groups", List.of(ROUTES, GROUPS, FENCES));
    tests.put(
        "muster.command.Commands",
        List.of(ROUTES, LET_IN, KEYS, PEOPLE, DELIVERY, EXECUTE, GROUP_EXECUTE, TOOL_RIGHTS));
    tests.put("muster.command.Deliveries", List.of(PEOPLE, DELIVERY, LIFE_CYCLE, TOOL_RIGHTS));
    tests.put("muster.campaign.Campaigns", List.of(ROUTES, GROUP_EXECUTE, FENCES, TOOL_RIGHTS));
    tests.put("muster.routing.Routing", List.of(ROUTES, ROUTING, TOOL_RIGHTS));
    tests.put("muster.link.Links", List.of(SOCKET, DELETIONS, DELIVERY));
    tests.put("muster.checkin.Checkins", List.of(SOCKET, DELETIONS, DELIVERY));
    tests.put("muster.http.Pipeline", List.of(PLAINTEXT, ROUTES, DOORS));
    tests.put("muster.http.Denials", List.of(ROUTES));
    tests.put("muster.socket.DeviceSockets", List.of(PLAINTEXT, SOCKET, DOORS));
    tests.put("muster.api.kvmfleet.KvmFleetApi", List.of(ROUTES, REGISTRATION));
    tests.put("muster.api.kvmfleet.KvmFleetSocket", List.of(SOCKET, DOORS));
    tests.put("muster.api.agents.ProvisionApi", List.of(ROUTES));
    tests.put("muster.api.muster.MusterApi", List.of(ROUTES));
    tests.put("muster.api.muster.HealthApi", List.of(ROUTES));
    return tests;
  }

  /// What these tests can't miss, each with why.
  private static final List<String> EXCUSED =
      List.of(
          // Every role for people has these rights, and the pipeline lets in no other.
          "muster.device.Devices.(list|walk|count|get):\\d+ Access.require",
          "muster.group.Groups.(get|list):\\d+ Access.require",
          "muster.routing.Routing.decide:\\d+ Access.require",
          // Whoever may look at commands may execute them, so far.
          "muster.command.Commands.cancel:\\d+ Access.require",
          // Whoever turns a device away withdraws its commands in the same transaction.
          "muster.command.Deliveries.deliveryOf:\\d+ a comparison",
          // About links and pages, not about rights.
          "muster.command.(Commands.find|Deliveries.(deliver|cancel)):\\d+ Optional.filter",
          "muster.link.Links.*connect.*:\\d+ a comparison",
          // Decides only which of two refusals is told; the core asks again.
          "muster.api.kvmfleet.KvmFleetApi.createToken:\\d+ Access.require",
          "muster.api.agents.ProvisionApi.create:\\d+ Access.require",
          // Whoever may register devices may approve them, so far.
          "muster.enrollment.Provisions.requireRight:\\d+ Access.require",
          // The pipeline lets in devices only, and all of them have this right.
          "muster.enrollment.Provisions.own:\\d+ Access.require",
          // Nothing refuses a stranger with 403 on a writing route yet that a test can reach.
          "muster.http.Denials.record:\\d+ a comparison",
          // The kind is part of a token's id, so another kind's id finds no row.
          "muster.enrollment.Enrollments.*register.*:\\d+ a comparison",
          // No request can name a role that is not for people; RoleTest in the core does.
          "muster.auth.Role.mayGrant:\\d+ Role.isForPeople");

  private final Launcher launcher = LauncherFactory.create();

  @Test
  void everyCheck_disarmed_failsATest() throws Exception {
    MutationAgent.attach();
    // With every check in place, so that a failure means something.
    String only = System.getProperty("muster.mutation");
    if (only.equals("true")) {
      List<String> all = TESTS.values().stream().flatMap(List::stream).distinct().toList();
      assertThat(killer(all)).isEmpty();
    }
    List<String> survivors = new ArrayList<>();
    int mutants = 0;
    for (String className : TESTS.keySet()) {
      for (Mutants.Mutant mutant : Mutants.of(className)) {
        if (!only.equals("true") && !mutant.name().contains(only)) {
          continue;
        }
        mutants++;
        Instant start = Instant.now();
        MutationAgent.redefine(className, mutant.bytes());
        Optional<String> killer = killer(TESTS.getOrDefault(className, List.of()));
        MutationAgent.redefine(className, Mutants.bytes(className));
        System.out.printf(
            "%-8s %s  (%s, %d s)%n",
            killer.isPresent() ? "killed" : "SURVIVED",
            mutant.name(),
            killer.orElse("no test fails"),
            Duration.between(start, Instant.now()).toSeconds());
        if (killer.isEmpty() && EXCUSED.stream().noneMatch(mutant.name()::matches)) {
          survivors.add(mutant.name());
        }
      }
    }
    System.out.printf("%d mutants, %d survivors%n", mutants, survivors.size());
    assertThat(mutants).isPositive();
    assertThat(survivors).as("checks that no test misses").isEmpty();
  }

  private Optional<String> killer(List<String> tests) {
    return tests.stream().map(this::firstFailure).flatMap(Optional::stream).findFirst();
  }

  /// The first test of the class that fails; the rest is not run then.
  private Optional<String> firstFailure(String testClass) {
    List<String> failed = new ArrayList<>();
    CancellationToken token = CancellationToken.create();
    TestExecutionListener listener =
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
              failed.add(test.getDisplayName());
              token.cancel();
            }
          }
        };
    launcher.execute(
        LauncherExecutionRequestBuilder.request(
                LauncherDiscoveryRequestBuilder.request()
                    .selectors(DiscoverySelectors.selectClass(testClass))
                    .build())
            .listeners(listener)
            .cancellationToken(token)
            .build());
    return failed.stream().findFirst().map(name -> name + " of " + testClass);
  }
}
