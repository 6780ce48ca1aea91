/// Webhooks (F119–F121), with a receiver that drops, delays and refuses.
package muster.it.webhook;
