// Names in use: who asks DNS for them, when, and what becomes of the answers.
//
// DNS is asked by an effect and answers by an input (NamesResolved). An answer in use is asked for anew before it runs
// out; while DNS fails, the last one is used on. What DNS denies is not asked again for a while.
#ifndef UNDERSTUDY_ENGINE_LOCATE_NAMES_H_
#define UNDERSTUDY_ENGINE_LOCATE_NAMES_H_

#include <vector>

#include "engine/context.h"
#include "engine/input.h"
#include "engine/locate/name_table.h"
#include "engine/locate/target.h"

namespace understudy::engine {

// The row of that name, from now on in use and asked for if it has no answer. nullptr: there are too many.
LocatedName* UseName(Context& context, const LocateQuery& query);

// The servers of a known name that can be reached from here, in the order in which to try them; those that have failed
// lately last. At most ten.
std::vector<Target> TargetsNow(Context& context, const LocatedName& name);

// Takes an answer. Returns the name, if it has been waited for; whoever waits is the caller's matter.
LocatedName* TakeAnswer(Context& context, const NamesResolved& input);
// Likewise, when its time has come. nullptr: nobody's wait is over.
LocatedName* OnNameTimer(Context& context, const Timer& timer);

// Asks for the Trunks' names: who calls from there must be known before anybody calls there.
void AskForTrunks(Context& context);

// A new reign: whoever was asked is no more.
void AskAgain(Context& context);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_NAMES_H_
