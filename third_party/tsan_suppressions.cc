// Debian's shared libraries are not instrumented: what happens inside them looks like a race to ThreadSanitizer.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\n"
         "race:rocksdb::\n";
}
