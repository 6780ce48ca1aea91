/// Files to devices and from them (F050), by devices that do what they are told and by the real
/// agent over bad links.
package muster.it.transfer;
