// A frame of a client's link in a line, for the log of a simulated run.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_FRAME_TEXT_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_FRAME_TEXT_H_

#include <string>

#include "tlib/frame.h"

namespace understudy::sim {

// "event 17 EventRinging 101 of 1001 conn 0100000000000001".
std::string FrameText(const tlib::Frame& frame);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_FRAME_TEXT_H_
