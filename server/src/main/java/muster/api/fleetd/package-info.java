/// The fleetd API: services of `fleetd/v1/*.proto` over the core, the same by Connect, gRPC,
/// gRPC-Web and plain JSON.
@NullMarked
package muster.api.fleetd;

import org.jspecify.annotations.NullMarked;
