// Boost.JSON, compiled once here instead of in every file that uses it.
#include <boost/json/src.hpp>
