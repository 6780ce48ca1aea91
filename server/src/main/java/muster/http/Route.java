package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;

/// One line of a dialect's route table.
///
/// @param path in Armeria's form, `/v1/devices/{id}`
/// @param open whether it is answered without a credential
/// @param kind with which others it shares a bound
/// @param maxBody the most bytes of body it takes
/// @param timeout until the whole answer is sent; zero = none, for streams
/// @param dialect whose form its errors have
public record Route(
    HttpMethod method,
    String path,
    boolean open,
    Kind kind,
    int maxBody,
    Duration timeout,
    Dialect dialect,
    Handler handler) {

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
    /// Waits for a slow hash.
    LOGIN,
    /// A machine that joins: counted by machine, not as a stranger.
    ENROL,
    /// Asked by whoever watches the process; neither counted nor held up.
    HEALTH
  }
}
