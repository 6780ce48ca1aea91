package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;

/// One line of a dialect's route table.
///
/// @param path in Armeria's form, `/v1/devices/{id}`
/// @param open whether it is answered without a credential
/// @param maxBody the most bytes of body it takes
/// @param timeout until the whole answer is sent; zero = none, for streams
/// @param dialect whose form its errors have
public record Route(
    HttpMethod method,
    String path,
    boolean open,
    int maxBody,
    Duration timeout,
    Dialect dialect,
    Handler handler) {}
