/// How devices are: the verdicts on many of them at once, and what is wrong with how many.
@org.jspecify.annotations.NullMarked
package muster.health;
