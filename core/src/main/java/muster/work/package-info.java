/// How work is handed to other threads.
@org.jspecify.annotations.NullMarked
package muster.work;
