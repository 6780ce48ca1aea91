package muster.agent.update;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.agent.tool.Desk;
import muster.agent.tool.Printed;
import muster.agent.tool.Program;
import muster.agent.tool.UpdateRequest;
import muster.wire.JsonObject;

/// One installation under way: does each stage's effect and notes the next one before that begins.
/// Used by one thread.
final class Travel {
  private static final int MOST_RATIO = 100;
  private static final long LEAST_LIMIT = 64L << 20;
  private static final int ALL = 100;

  /// Nothing stops it from outside once the version is switched to.
  private static final Duration LONGEST_RESTART = Duration.ofMinutes(10);

  private static final int LONGEST_DETAIL = 500;

  private final Slots slots;
  private final UpdateRequest request;
  private final Desk desk;
  private final Download download;
  private final Log log;
  private final Progress progress;
  private final Optional<Itself> itself;

  /// @param request of the version that is to be current
  /// @param itself when that is the agent's own
  Travel(
      Slots slots,
      UpdateRequest request,
      Desk desk,
      Download download,
      Log log,
      Optional<Itself> itself) {
    this.slots = slots;
    this.request = request;
    this.desk = desk;
    this.download = download;
    this.log = log;
    progress = new Progress(desk);
    this.itself = itself;
  }

  /// To its end.
  ///
  /// @throws IOException when that is not the one that was asked for
  void go(Journey begun) throws IOException, InterruptedException {
    Journey journey = begun;
    if (journey.stage() != Stage.DONE) {
      slots.save(journey);
    }
    while (journey.stage() != Stage.DONE) {
      journey = next(journey);
      if (journey.stage() == Stage.DONE && journey.hasFailed()) {
        tidy(journey); // first of all: a full disk has no room for the journey either
      }
      slots.save(journey);
    }
    settle(journey);
  }

  /// What was fetched stays for the next try, unless it takes the room that others need.
  private void tidy(Journey journey) throws IOException {
    slots.drop(journey.to());
    if (journey.reason().equals(Optional.of(Reason.DISK_FULL.word()))) {
      slots.dropDownloads();
    }
  }

  private void settle(Journey journey) throws IOException {
    if (journey.hasFailed()) {
      tidy(journey);
      String detail = journey.detail().orElse("failed");
      desk.print(failure(journey.from(), journey.reason().orElse("io"), detail));
      throw new IOException(detail);
    }
    desk.print(
        JsonObject.builder()
            .put("step", "done")
            .put("percent", ALL)
            .put("outcome", journey.outcome().orElse("installed"))
            .put("from_version", journey.from().map(Slots::version))
            .put("to_version", Slots.version(journey.to()))
            .build());
  }

  static JsonObject failure(Optional<String> from, String reason, String detail) {
    return JsonObject.builder()
        .put("step", "done")
        .put("outcome", "failed")
        .put("from_version", from.map(Slots::version))
        .put("reason", reason)
        .put("detail", detail)
        .build();
  }

  /// The effect of the stage, and what comes then.
  private Journey next(Journey journey) throws InterruptedException {
    try {
      switch (journey.stage()) {
        case DOWNLOAD:
          return download(journey);
        case UNPACK:
          return unpack(journey);
        case RUN:
          return run(journey);
        case SWITCH:
          desk.commit();
          progress.at("switch");
          if (itself.isPresent()) {
            slots.beginTrial(journey.to());
          }
          slots.point(Optional.of(journey.to()), journey.from());
          link();
          return journey.at(Stage.RESTART);
        case RESTART:
          return restart(journey);
        case CHECK:
          return check(journey);
        case COMMIT:
          slots.endTrial();
          slots.prune();
          return journey.ended(
              journey.tool().equals(Installer.ROLL_BACK) ? "rolled_back" : "installed");
        case BACK:
          progress.at("back");
          slots.point(journey.from(), journey.before());
          slots.endTrial();
          return journey.at(Stage.BACK_RESTART);
        case BACK_RESTART:
          restartBack(journey);
          return journey.at(Stage.DONE);
        case DONE:
          return journey;
      }
      throw new AssertionError(journey.stage());
    } catch (InterruptedException e) {
      leave(journey);
      throw e;
    } catch (UpdateException e) {
      return failed(journey, e.reason().word(), String.valueOf(e.getMessage()));
    } catch (DeniedException e) {
      return failed(
          journey, Reason.DENIED.word(), "denied by the device's policy: " + e.getMessage());
    } catch (IOException e) {
      return failed(journey, Reason.of(e).word(), Log.reason(e));
    }
  }

  private static Journey failed(Journey journey, String reason, String detail) {
    String words = detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) : detail;
    if (journey.hasFailed()) {
      return journey.at(Stage.DONE); // not even the way back went well: the first reason counts
    }
    return journey.failed(journey.stage().isSwitched() ? Stage.BACK : Stage.DONE, reason, words);
  }

  /// Somebody stopped it before the switch: all is as before.
  private void leave(Journey journey) {
    try {
      slots.drop(journey.to());
      slots.forgetJourney();
    } catch (IOException e) {
      log.warn(journey.execution() + ": " + Log.reason(e));
    }
  }

  private Journey download(Journey journey) throws IOException, InterruptedException {
    progress.at("download");
    Path file = slots.download(request.sha256());
    Policy policy = desk.policy();
    download.fetch(
        request, file, policy, bytes -> progress.at("download", bytes, request.sizeBytes()));
    progress.at("verify");
    Minisign.verify(file, request.signature(), policy.updateKeys());
    return journey.at(Stage.UNPACK);
  }

  private Journey unpack(Journey journey) throws IOException, InterruptedException {
    progress.at("install");
    Path file = slots.download(request.sha256());
    Path slot = slots.make(journey.to());
    switch (request.type()) {
      case ARCHIVE:
        Unpacking.unpack(
            file, slot, Math.max(LEAST_LIMIT, request.sizeBytes() * (long) MOST_RATIO));
        break;
      case BINARY:
      case SCRIPT:
        place(file, slot.resolve(request.name() + suffix()));
        break;
    }
    slots.finish(journey.to(), request.args());
    boolean runs =
        request.type() == UpdateRequest.Type.SCRIPT
            || !request.installCommand().isEmpty()
            || request.handover().isPresent();
    return journey.at(runs ? Stage.RUN : Stage.SWITCH);
  }

  private String suffix() {
    return request.handover().map(UpdateRequest.Handover::suffix).orElse("");
  }

  private static void place(Path file, Path target) throws IOException {
    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    DurableFile.force(target);
  }

  /// What the update brings to be run, in the new version's directory.
  private Journey run(Journey journey) throws IOException, InterruptedException {
    progress.at("install");
    Path slot = slots.path(journey.to());
    Path file = slot.resolve(request.name() + suffix());
    if (request.type() == UpdateRequest.Type.SCRIPT) {
      succeed(Program.of("sh", file.toString()).in(slot), Reason.INSTALL_FAILED);
    }
    if (!request.installCommand().isEmpty()) {
      succeed(program(request.installCommand()).in(slot), Reason.INSTALL_FAILED);
    }
    if (request.handover().isPresent()) {
      succeed(request.handover().get().install(file), Reason.HANDOVER_FAILED);
    }
    return journey.at(Stage.SWITCH);
  }

  private static Program program(List<String> words) {
    return Program.of(words.get(0), words.subList(1, words.size()).toArray(new String[0]));
  }

  private void succeed(Program program, Reason otherwise) throws IOException, InterruptedException {
    Printed printed;
    try {
      printed = desk.run(program);
    } catch (IOException e) {
      throw new UpdateException(otherwise, Log.reason(e));
    }
    if (printed.exitCode() != 0) {
      throw new UpdateException(
          otherwise, program.name() + " ended with " + printed.exitCode() + complaint(printed));
    }
  }

  private static String complaint(Printed printed) {
    String said = (printed.err().isBlank() ? printed.out() : printed.err()).strip();
    return said.isEmpty() ? "" : ": " + said.lines().reduce("", (before, line) -> line);
  }

  /// The link that others know, made once: it leads to whichever version is current.
  private void link() throws IOException {
    if (request.targetPath().isEmpty()) {
      return;
    }
    Path target = request.targetPath().get();
    Path current =
        request.type() == UpdateRequest.Type.ARCHIVE
            ? slots.link()
            : slots.link().resolve(request.name());
    if (Files.isSymbolicLink(target) && Files.readSymbolicLink(target).equals(current)) {
      return;
    }
    Path parent = target.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Path fresh = target.resolveSibling(".muster-" + desk.uniqueName());
    Files.deleteIfExists(fresh);
    Files.createSymbolicLink(fresh, current);
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Journey restart(Journey journey) throws IOException, InterruptedException {
    if (itself.isPresent()) {
      progress.at("restart");
      itself.get().startAnew();
    }
    if (!request.restartCommand().isEmpty()) {
      progress.at("restart");
      succeed(program(request.restartCommand()).within(LONGEST_RESTART), Reason.RESTART_FAILED);
    }
    return journey.at(Stage.CHECK);
  }

  /// What uses the version before is started anew by that version's own command, or else by that of
  /// the one that failed.
  private void restartBack(Journey journey) throws IOException, InterruptedException {
    if (itself.isPresent()) {
      if (itself.get().runs(journey.to())) {
        itself.get().startAnew();
      }
      return;
    }
    List<String> own = List.of();
    if (journey.from().isPresent()) {
      own =
          slots
              .args(journey.from().get())
              .map(args -> UpdateRequest.parse(args).restartCommand())
              .orElse(List.of());
    }
    List<String> command = own.isEmpty() ? request.restartCommand() : own;
    if (!command.isEmpty()) {
      desk.run(program(command).within(LONGEST_RESTART));
    }
  }

  private Journey check(Journey journey) throws IOException, InterruptedException {
    UpdateRequest.Health health = request.health();
    if (health.isEmpty() && itself.isEmpty()) {
      return journey.at(Stage.COMMIT);
    }
    progress.at("check");
    if (itself.isPresent()) {
      itself.get().requireConnected();
    }
    TimeUnit.SECONDS.sleep(health.delaySeconds());
    Optional<String> problem = Optional.empty();
    for (int look = 0; look <= health.retries(); look++) {
      if (look > 0) {
        TimeUnit.SECONDS.sleep(1);
      }
      problem = problem(health);
      if (problem.isEmpty()) {
        return journey.at(Stage.COMMIT);
      }
    }
    throw new UpdateException(Reason.HEALTH_CHECK_FAILED, problem.orElse("failed"));
  }

  private Optional<String> problem(UpdateRequest.Health health) throws InterruptedException {
    try {
      if (!health.command().isEmpty()) {
        List<String> words = new ArrayList<>(health.command());
        Printed printed =
            desk.run(program(words).within(Duration.ofSeconds(health.timeoutSeconds())));
        if (printed.exitCode() != 0) {
          return Optional.of(
              words.get(0) + " ended with " + printed.exitCode() + complaint(printed));
        }
      }
      if (health.url().isPresent()) {
        int status = status(health.url().get(), health.timeoutSeconds());
        if (status != health.status()) {
          return Optional.of(
              health.url().get() + " answers " + status + " (expected: " + health.status() + ")");
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(Log.reason(e));
    }
  }

  private static int status(URI url, int timeoutSeconds) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
    int millis = (int) TimeUnit.SECONDS.toMillis(timeoutSeconds);
    connection.setConnectTimeout(millis);
    connection.setReadTimeout(millis);
    connection.setInstanceFollowRedirects(false);
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }
}
