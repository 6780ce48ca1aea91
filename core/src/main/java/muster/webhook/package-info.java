/// Webhooks: who wants to be told of which events, and the notices on their way. A notice is stored
/// in the transaction of its event, so none is lost; it is sent until it is taken or given up, so
/// one may come twice, with the same id ([muster.webhook.Webhooks] for people,
/// [muster.webhook.NoticeRunner] sends, [muster.webhook.RetryRules] decides).
@org.jspecify.annotations.NullMarked
package muster.webhook;
