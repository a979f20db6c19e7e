// Messages for tests: of every type, with every attribute, and as large as they may be.
#ifndef UNDERSTUDY_TLIB_MESSAGE_SAMPLES_TESTING_H_
#define UNDERSTUDY_TLIB_MESSAGE_SAMPLES_TESTING_H_

#include <vector>

#include "tlib/message.h"

namespace understudy::tlib {

// A list with each kind of value, and lists in each other down to kMostListDepth.
KeyValueList FullList();
// With a value of its kind for `attribute`.
void SetSample(Attribute attribute, Message* message);
// With every attribute.
Message FullMessage(MessageType type);
// With every attribute at its limit, where a list takes the most room: many short pairs.
Message LargestMessage();
// One of every type, each with some attributes; together they have all.
std::vector<Message> SampleMessages();

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_SAMPLES_TESTING_H_
