package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;

/// One line of a dialect's route table.
///
/// @param path in Armeria's form, `/v1/devices/{id}`
/// @param audience whose credential it wants
/// @param place where the credential may stand besides `Authorization: Bearer`
/// @param kind with which others it shares a bound
/// @param maxBody the most bytes of body it takes; of those that a handler reads itself, it says
/// @param streamsBody whether the handler reads the body itself, piece by piece ([Call#body()])
/// @param timeout until the whole answer is sent; zero = none, for streams
/// @param dialect whose form its errors have
public record Route(
    HttpMethod method,
    String path,
    Audience audience,
    Place place,
    Kind kind,
    int maxBody,
    boolean streamsBody,
    Duration timeout,
    Dialect dialect,
    Handler handler) {

  /// Whose credential a route wants.
  public enum Audience {
    /// None.
    ANYBODY,
    PEOPLE,
    /// A device's own, for what is that device's.
    DEVICES,
    /// Any: a device's own for itself.
    KNOWN
  }

  /// Where a credential may stand besides `Authorization: Bearer`.
  public enum Place {
    NOWHERE,
    /// `X-Agent-Key`, as the Agents page has it.
    AGENT_KEY,
    /// `?token=`, for browsers' `EventSource`, which sends no header of one's own.
    TOKEN_PARAMETER,
    /// `?key=`, for one line to paste.
    KEY_PARAMETER
  }

  /// A method of a service that is called by the protocols of RPC: its body, its bounds and its
  /// answer are theirs.
  public static Route rpc(
      HttpMethod method, String path, Audience audience, Kind kind, Dialect dialect) {
    return new Route(
        method,
        path,
        audience,
        Place.NOWHERE,
        kind,
        0,
        true,
        Duration.ZERO,
        dialect,
        call -> {
          throw new IllegalStateException(path + " is no handler's");
        });
  }

  /// Whether it is answered without a credential.
  public boolean open() {
    return audience == Audience.ANYBODY;
  }

  /// What a request costs. Those of one kind share a bound on how many are dealt with at once.
  public enum Kind {
    READ,
    WRITE,
    /// Gives devices something to do.
    EXECUTE,
    /// An answer that goes on for as long as it likes.
    STREAM,
    /// An answer that waits for devices.
    WAIT,
    /// Content of a file, on its way to a device or from it, or of one that updates are made of.
    TRANSFER,
    /// Waits for a slow hash.
    LOGIN,
    /// A machine that joins: counted by machine, not as a stranger.
    ENROL,
    /// Asked by whoever watches the process; neither counted nor held up.
    HEALTH
  }
}
