package muster.simulator;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import muster.wire.Json;
import muster.wire.RegisterReply;
import muster.wire.RegisterRequest;

/// Makes devices out of machines the way real ones do it: a token, then a registration over the
/// wire. Many at once, for each waits for the store.
final class Enrolment {
  private static final int AT_ONCE = 64;
  private static final int ATTEMPTS = 20;

  private final Wire wire;
  private final Tokens tokens;
  private final Fleet fleet;
  private final long seed;
  private final Semaphore room = new Semaphore(AT_ONCE);

  Enrolment(Wire wire, Tokens tokens, Fleet fleet, long seed) {
    this.wire = wire;
    this.tokens = tokens;
    this.fleet = fleet;
    this.seed = seed;
  }

  /// Enrols the machines of these numbers that have no credential yet; answers how many those were.
  int fill(int from, int to) throws InterruptedException, IOException {
    var present = fleet.members();
    List<Integer> missing =
        IntStream.range(from, to).filter(number -> !present.containsKey(number)).boxed().toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> work =
          missing.stream()
              .<Future<?>>map(number -> threads.submit(() -> enrolInTurn(number)))
              .toList();
      for (Future<?> one : work) {
        try {
          one.get();
        } catch (ExecutionException | CancellationException e) {
          threads.shutdownNow();
          throw new IOException("enrolment: " + reason(e), e);
        }
      }
    }
    return missing.size();
  }

  private static String reason(Throwable problem) {
    Throwable root = problem;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private Optional<Fleet.Member> enrolInTurn(int number) throws IOException, InterruptedException {
    room.acquire();
    try {
      Fleet.Member member = enrol(Machine.of(seed, number));
      fleet.add(member);
      return Optional.of(member);
    } finally {
      room.release();
    }
  }

  private Fleet.Member enrol(Machine machine) throws IOException, InterruptedException {
    String body =
        new RegisterRequest(
                tokens.next(),
                machine.hardwareId(),
                Optional.of(machine.hwKind()),
                Optional.of(machine.name()),
                machine.tags(),
                machine.facts())
            .toJson()
            .toString();
    for (int attempt = 1; ; attempt++) {
      Exchange.Reply reply = wire.post(machine.number(), "/v1/agent/register", body).await();
      if (reply.status() == 200) {
        RegisterReply registered = RegisterReply.fromJson(Json.parseObject(reply.body()));
        return new Fleet.Member(machine.number(), registered.deviceId(), registered.authToken());
      }
      if ((reply.status() != 429 && reply.status() != 503) || attempt == ATTEMPTS) {
        throw new IOException(
            "POST /v1/agent/register: %d %s".formatted(reply.status(), reply.body()));
      }
      TimeUnit.SECONDS.sleep(Math.max(1, reply.retryAfterSeconds()));
    }
  }
}
