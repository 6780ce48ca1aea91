/// Deployments: an update brought to devices under rules, a few at a time, watched, and back again.
///
/// [muster.rollout.RolloutRules] says what comes next from a [muster.rollout.Plan] and a
/// [muster.rollout.Standing]; [muster.rollout.HealthGate] says whether the devices that have the
/// new version are as well as those that do not.
@org.jspecify.annotations.NullMarked
package muster.rollout;
