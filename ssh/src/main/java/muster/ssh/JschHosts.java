package muster.ssh;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import com.jcraft.jsch.Session;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import muster.deploy.Deployment;
import muster.deploy.HostKey;
import muster.deploy.Limit;
import muster.deploy.SshHost;
import muster.deploy.SshHosts;
import muster.deploy.SshKey;
import muster.deploy.Step;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// Machines by JSch. Shared by all threads.
public final class JschHosts implements SshHosts {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration LOGIN = Duration.ofSeconds(10);
  private static final int ALIVE_MILLIS = 5_000;
  private static final int ALIVE_MISSED = 3;

  private final KeyFiles keys;
  private final KnownHosts known;

  /// A key of the directory.
  private record Usable(byte[] content, Optional<byte[]> passphrase) implements SshKey {
    @Override
    public String toString() {
      return "a key";
    }
  }

  /// @param keys the directory of private keys; need not be there
  /// @param knownHosts the file where machines' keys are remembered; need not be there
  /// @param own something that the server's user has made
  public JschHosts(Path keys, Path knownHosts, Path own) {
    this.keys = new KeyFiles(keys, own);
    this.known = new KnownHosts(knownHosts);
  }

  @Override
  public SshKey key(String name, Optional<String> passphrase) {
    byte[] content = keys.read(name);
    Optional<byte[]> secret = passphrase.map(text -> text.getBytes(StandardCharsets.UTF_8));
    try {
      KeyPair pair = KeyPair.load(new JSch(), content, null);
      try {
        if (pair.isEncrypted() && !secret.filter(pair::decrypt).isPresent()) {
          throw new Fault(
              FaultCode.INVALID_ARGUMENT,
              "passphrase: never shown (expected: the one that opens the key)",
              Map.of("field", "passphrase"));
        }
      } finally {
        pair.dispose();
      }
    } catch (JSchException e) {
      throw Fault.invalid("ssh_key", name, "a private key in the form of OpenSSH or PEM");
    }
    return new Usable(content, secret);
  }

  @Override
  public SshHost connect(
      Deployment wanted, SshKey key, Function<Duration, Limit> within, Consumer<HostKey> shown) {
    JSch jsch = withKnownHosts();
    Line line = new Line(within.apply(CONNECT));
    Trust trust =
        new Trust(
            jsch.getHostKeyRepository(),
            wanted.hostKey(),
            found -> {
              shown.accept(found);
              line.allow(within.apply(LOGIN));
            });
    try {
      Session session = session(jsch, wanted, (Usable) key, trust, line);
      session.connect((int) Math.max(1, line.limit().most().toMillis()));
      remember(session, trust);
      line.release();
      return new JschHost(session, line);
    } catch (Fault fault) {
      line.close();
      throw fault;
    } catch (JSchException | RuntimeException e) {
      line.close();
      throw failure(wanted, trust, line, e);
    }
  }

  private JSch withKnownHosts() {
    JSch jsch = new JSch();
    try {
      known.load(jsch);
      return jsch;
    } catch (JSchException | RuntimeException e) {
      throw Step.HOST_KEY.failed("ssh/known_hosts cannot be read");
    }
  }

  private static Session session(JSch jsch, Deployment wanted, Usable key, Trust trust, Line line)
      throws JSchException {
    jsch.addIdentity("key", key.content(), null, key.passphrase().orElse(null));
    Session session = jsch.getSession(wanted.user(), wanted.host(), wanted.port());
    session.setSocketFactory(line);
    session.setHostKeyRepository(trust);
    session.setConfig("StrictHostKeyChecking", "yes");
    session.setConfig("PreferredAuthentications", "publickey");
    session.setServerAliveInterval(ALIVE_MILLIS);
    session.setServerAliveCountMax(ALIVE_MISSED);
    session.setDaemonThread(true);
    return session;
  }

  private void remember(Session session, Trust trust) {
    HostKey shown =
        trust
            .accepted()
            .orElseThrow(() -> Step.HOST_KEY.failed("it shows a certificate instead of a key"));
    try {
      if (!shown.isKnown()) {
        known.add(session.getHostKey());
      }
    } catch (UncheckedIOException e) {
      throw Step.HOST_KEY.failed("its key cannot be remembered in ssh/known_hosts");
    }
  }

  private static Fault failure(Deployment wanted, Trust trust, Line line, Exception e) {
    if (trust.refusal().isPresent()) {
      return Step.HOST_KEY.failed(trust.refusal().get());
    }
    boolean isConnected = trust.accepted().isPresent();
    if (line.limit().isOver() || isTimeout(e)) {
      return (isConnected ? Step.AUTHENTICATE : Step.CONNECT)
          .late("%s: %s".formatted(wanted.target(), line.limit().reason()));
    }
    return isConnected
        ? Step.AUTHENTICATE.failed(
            "%s does not let %s in with this key".formatted(wanted.target(), wanted.user()))
        : Step.CONNECT.failed("%s: %s".formatted(wanted.target(), why(e)));
  }

  /// In our own words: those of the library are made for its developers.
  private static String why(Exception e) {
    if (isBecauseOf(e, UnknownHostException.class)) {
      return "no such host";
    }
    return isBecauseOf(e, ConnectException.class)
        ? "nothing answers there"
        : "no SSH server that we can speak to";
  }

  private static boolean isTimeout(Exception e) {
    return isBecauseOf(e, SocketTimeoutException.class)
        || String.valueOf(e.getMessage()).contains("timeout");
  }

  private static boolean isBecauseOf(Exception e, Class<? extends Exception> type) {
    return Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
        .anyMatch(type::isInstance);
  }
}
