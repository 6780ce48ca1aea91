/// Snippbot's Devices API under `/api/devices` (rows F023–F067).
@NullMarked
package muster.api.snippbot;

import org.jspecify.annotations.NullMarked;
