/// Updates, and the deployments that bring them to devices and take them back.
///
/// Start with [muster.update.Updates] (what there is to install) and [muster.update.Deployments]
/// (who gets it; [muster.update.DeploymentProgress]: how it stands). A deployment freezes who takes
/// part, one [muster.update.Deployment.Part] for each device; [muster.update.DeploymentRunner] asks
/// [muster.rollout.RolloutRules] what comes next and does it. Each device is told by a command of
/// its own, `install_update` or `rollback_update`; its end is noted in the transaction that ends
/// the command.
///
/// Invariants: at no instant are more devices at a deployment than its plan allows, whatever
/// crashes; a device is in one deployment at a time; the counts add up to all devices; nothing
/// begins after a reason to stop was known; a device that was changed goes back when its deployment
/// is rolled back, also when it was changed only after that was said.
@org.jspecify.annotations.NullMarked
package muster.update;
