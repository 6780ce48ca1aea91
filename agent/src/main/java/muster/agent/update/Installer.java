package muster.agent.update;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import muster.agent.exec.Unfinished;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.net.ServerAddress;
import muster.agent.tool.Desk;
import muster.agent.tool.Software;
import muster.agent.tool.UpdateRequest;
import muster.wire.JsonObject;

/// Takes installations from [Stage] to [Stage], and takes up those that an earlier run of the agent
/// left in the middle. Thread-safe: one installation of a software at a time.
public final class Installer implements Software {
  static final String INSTALL = "install_update";
  static final String ROLL_BACK = "rollback_update";

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Path updates;
  private final Download download;
  private final Optional<Itself> itself;
  private final Log log;
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  /// @param updates the directory of all software
  Installer(Path updates, Download download, Optional<Itself> itself, Log log) {
    this.updates = updates;
    this.download = download;
    this.itself = itself;
    this.log = log;
  }

  /// @param ownClients makes clients that trust the server as the agent does
  /// @param timer notices when nothing comes any more
  /// @param itself empty where the launcher of `install.sh` has not started this agent
  public static Installer create(
      Path updates,
      Supplier<HttpClient> ownClients,
      ServerAddress server,
      String authToken,
      ScheduledExecutorService timer,
      Optional<Itself> itself,
      Log log) {
    return new Installer(
        updates,
        new Download(
            ownClients,
            () -> Clients.create(Optional.empty(), CONNECT_WITHIN),
            server,
            authToken,
            timer,
            PATIENCE),
        itself,
        log);
  }

  /// The call of an execution that an earlier run of the agent left in the middle; empty when it
  /// was no installation, or is not known any more.
  public Optional<Unfinished.Call> unfinished(String execution) {
    try (DirectoryStream<Path> names = Files.newDirectoryStream(updates)) {
      for (Path name : names) {
        Optional<Journey> journey =
            Slots.open(updates, String.valueOf(name.getFileName()))
                .journey()
                .filter(one -> one.execution().equals(execution));
        if (journey.isPresent()) {
          return journey.map(one -> new Unfinished.Call(one.tool(), one.args()));
        }
      }
    } catch (IOException e) {
      log.error("updates: " + Log.reason(e));
    }
    return Optional.empty();
  }

  /// One at a time of each name.
  private interface Work {
    void run(Slots slots) throws IOException, InterruptedException;
  }

  private void alone(String name, Work work) throws IOException, InterruptedException {
    if (!busy.add(name)) {
      throw new UpdateException(Reason.BUSY, name + ": another installation is under way");
    }
    try {
      work.run(Slots.open(updates, name));
    } finally {
      busy.remove(name);
    }
  }

  @Override
  public void install(UpdateRequest request, Desk desk) throws IOException, InterruptedException {
    told(
        desk,
        () ->
            alone(
                request.name(),
                slots -> {
                  Optional<Journey> earlier = takeUp(slots, desk);
                  Journey journey =
                      earlier.isPresent() ? earlier.get() : begin(slots, request, desk);
                  new Travel(slots, request, desk, download, log, itself(request.name()))
                      .go(journey);
                }));
  }

  @Override
  public void rollBack(String name, Desk desk) throws IOException, InterruptedException {
    told(
        desk,
        () ->
            alone(
                name,
                slots -> {
                  Optional<Journey> earlier = takeUp(slots, desk);
                  Journey journey =
                      earlier.isPresent() ? earlier.get() : beginBack(slots, name, desk);
                  UpdateRequest request =
                      slots
                          .args(journey.to())
                          .map(UpdateRequest::parse)
                          .orElseThrow(() -> noPrevious(name));
                  new Travel(slots, request, desk, download, log, itself(name)).go(journey);
                }));
  }

  /// Empty for software of others.
  private Optional<Itself> itself(String name) throws UpdateException {
    if (!name.equals(Itself.NAME)) {
      return Optional.empty();
    }
    if (itself.isEmpty()) {
      throw new UpdateException(
          Reason.UNSUPPORTED,
          name + ": nobody would start it anew (expected: an agent that install.sh has installed)");
    }
    return itself;
  }

  private interface Told {
    void run() throws IOException, InterruptedException;
  }

  /// Whoever fails before there is a journey says why, as one that ends does.
  private static void told(Desk desk, Told work) throws IOException, InterruptedException {
    try {
      work.run();
    } catch (UpdateException e) {
      desk.print(
          Travel.failure(Optional.empty(), e.reason().word(), String.valueOf(e.getMessage())));
      throw new IOException(e.getMessage(), e);
    }
  }

  /// The journey of this execution, if it has come anywhere. One of another that stands in the
  /// middle is brought to an end first.
  private Optional<Journey> takeUp(Slots slots, Desk desk) throws IOException {
    Optional<Journey> journey = slots.journey();
    if (journey.filter(one -> one.execution().equals(desk.id())).isPresent()) {
      return journey.map(this::resumed);
    }
    if (journey.filter(one -> one.stage() != Stage.DONE).isPresent()) {
      Journey left = journey.get();
      log.warn(left.execution() + ": its installation was left at " + left.stage());
      if (left.stage().isSwitched() || left.stage() == Stage.BACK) {
        slots.point(left.from(), left.before());
        slots.endTrial();
      }
      slots.forgetJourney();
    }
    return Optional.empty();
  }

  /// Where it goes on.
  private Journey resumed(Journey journey) {
    if (wasLeft(journey)) {
      return journey.failed(
          Stage.BACK,
          Reason.HEALTH_CHECK_FAILED.word(),
          "the new version of the agent ended or hung again and again; the one before was started");
    }
    Journey counted = journey.stage() == Stage.CHECK ? journey.checkedAgain() : journey;
    switch (counted.stage().resumed(counted.checks())) {
      case GO_ON:
        return counted;
      case PASS_OVER:
        return counted.at(counted.stage() == Stage.RESTART ? Stage.CHECK : Stage.DONE);
      case GIVE_UP:
        return counted.failed(
            Stage.DONE,
            Reason.INTERRUPTED.word(),
            "the agent was stopped while a program of the update ran; nothing was switched");
      case GO_BACK:
        return counted.failed(
            Stage.BACK,
            Reason.HEALTH_CHECK_FAILED.word(),
            "the machine or the agent went down "
                + counted.checks()
                + " times while it was looked at");
    }
    throw new AssertionError(counted.stage());
  }

  /// Whether the launcher has gone back from a version of the agent itself.
  private boolean wasLeft(Journey journey) {
    return itself.isPresent()
        && journey.args().string("name").equals(Itself.NAME)
        && (journey.stage() == Stage.RESTART || journey.stage() == Stage.CHECK)
        && !itself.get().runs(journey.to());
  }

  private Journey begin(Slots slots, UpdateRequest request, Desk desk) throws IOException {
    requireFits(request, desk);
    requireTarget(slots, request);
    Optional<Itself> own = itself(request.name());
    if (own.isPresent()) {
      Itself.require(request, desk.policy());
      own.get().adopt(slots);
    }
    String to = Slots.slot(request.version(), request.sha256());
    Optional<String> current = slots.current();
    Stage first = slots.isWhole(to) ? Stage.SWITCH : Stage.DOWNLOAD;
    Journey journey =
        Journey.of(desk.id(), INSTALL, request.args(), first, current, slots.previous(), to);
    boolean same = current.equals(Optional.of(to)) && request.handover().isEmpty();
    Journey begun = same ? journey.ended("unchanged") : journey;
    slots.save(begun);
    return begun;
  }

  private static Journey beginBack(Slots slots, String name, Desk desk) throws IOException {
    Optional<String> previous = slots.previous();
    Optional<String> current = slots.current();
    if (previous.isEmpty() || current.isEmpty()) {
      throw noPrevious(name);
    }
    Journey journey =
        Journey.of(
            desk.id(),
            ROLL_BACK,
            JsonObject.builder().put("name", name).build(),
            Stage.SWITCH,
            current,
            previous,
            previous.get());
    slots.save(journey);
    return journey;
  }

  private static UpdateException noPrevious(String name) {
    return new UpdateException(
        Reason.NO_PREVIOUS,
        name + ": there is no version before (expected: one that was installed)");
  }

  private static void requireFits(UpdateRequest request, Desk desk) throws UpdateException {
    Optional<String> mine = desk.facts().architecture().map(Installer::plain);
    Optional<String> wanted = request.architecture().map(Installer::plain);
    if (wanted.isPresent() && mine.isPresent() && !mine.equals(wanted)) {
      throw new UpdateException(
          Reason.WRONG_PLATFORM,
          "architecture: " + request.architecture().get() + " (expected: " + mine.get() + ")");
    }
  }

  /// Each system has a name of its own for the same processor.
  private static String plain(String architecture) {
    String name = architecture.toLowerCase(Locale.ROOT);
    switch (name) {
      case "x86_64":
      case "x64":
      case "x86-64":
        return "amd64";
      case "aarch64":
      case "armv8":
        return "arm64";
      case "armv7l":
      case "armv7":
      case "armhf":
        return "arm";
      case "i386":
      case "i686":
      case "x86":
        return "386";
      default:
        return name;
    }
  }

  /// A link of somebody else's, or a file, is not taken away.
  private static void requireTarget(Slots slots, UpdateRequest request) throws IOException {
    if (request.targetPath().isEmpty()) {
      return;
    }
    Path target = request.targetPath().get();
    boolean there = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    boolean ours =
        Files.isSymbolicLink(target) && Files.readSymbolicLink(target).startsWith(slots.link());
    if (there && !ours) {
      throw new UpdateException(
          Reason.TARGET_TAKEN, target + ": is there, and no link to an earlier version");
    }
  }
}
