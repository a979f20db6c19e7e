// Which Trunk or softswitch a call goes through.
//
// Of the Trunks whose prefix a number begins with, those that are out of service, rest, are full, or have been tried
// for that call do not count. Of the others the order is
//
//   1  the lowest priority    the operator has said which comes first
//   2  the longest prefix     a rule about the number itself, where priority says nothing
//   3  the most free places   load, among those that are alike
//   4  the DN's number        so that both nodes choose the same
//
// which is the order of the attempts of one call, too: the next Trunk is the best of those that are left.
#ifndef UNDERSTUDY_ENGINE_TRUNKS_TRUNK_CHOICE_H_
#define UNDERSTUDY_ENGINE_TRUNKS_TRUNK_CHOICE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/state.h"

namespace understudy::engine {

// A call takes a place of what it goes through; a MESSAGE does not.
enum class Place : uint8_t { kNone, kTaken };

// OPTIONS have shown that it does not answer.
bool IsOut(const State& state, absl::string_view number);

// It has a contact, is in service, does not rest, and has a free place if one is taken.
bool IsUsable(const State& state, const Dn& device, Place place);

// Places that are taken of a device, or of all of its capacity-group.
uint32_t PlacesTaken(const State& state, const Dn& device);

// nullptr: none that is usable, and none of `tried`.
const Dn* ChooseTrunk(const State& state, absl::string_view dialled, Place place,
                      absl::Span<const std::string> tried = {});

// The first usable one that the DN names. nullptr likewise.
const Dn* ChooseSoftswitch(const State& state, const Dn& dn, Place place, absl::Span<const std::string> tried = {});

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_TRUNK_CHOICE_H_
