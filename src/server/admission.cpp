#include "server/admission.h"

#include <utility>

namespace laraman::server {

using backends::application::HandshakeAnswer;
using backends::callbacks::CallbackAnswer;

std::unique_ptr<Admission::Question> OpenAdmission::ask(const Applicant&, OnDecision on_decision) {
  on_decision({});
  return nullptr;
}

std::unique_ptr<Admission::Question> ApplicationAdmission::ask(const Applicant& applicant, OnDecision on_decision) {
  struct Asked final : Question {
    std::unique_ptr<backends::application::SocketHandshake> handshake;
  };
  auto asked = std::make_unique<Asked>();
  asked->handshake = std::make_unique<backends::application::SocketHandshake>(
      application_, applicant.request, applicant.origin, applicant.id,
      [on_decision = std::move(on_decision)](HandshakeAnswer answer) {
        Decision decision;
        decision.kind = answer.accepted ? Decision::Kind::kAdmit : Decision::Kind::kRefuse;
        decision.info = std::move(answer.info);
        decision.channels = std::move(answer.channels);
        decision.messages = std::move(answer.messages);
        decision.close = std::move(answer.close);
        decision.headers = std::move(answer.headers);
        decision.head = std::move(answer.head);
        decision.body = std::move(answer.body);
        on_decision(std::move(decision));
      });
  return asked;
}

std::unique_ptr<Admission::Question> CallbackAdmission::ask(const Applicant& applicant, OnDecision on_decision) {
  callbacks_.ask(applicant.id, applicant.described, [on_decision = std::move(on_decision)](CallbackAnswer answer) {
    Decision decision;
    decision.kind = answer.allowed ? Decision::Kind::kAdmit : Decision::Kind::kTurnAway;
    decision.info = std::move(answer.info);
    decision.channels = std::move(answer.channels);
    decision.messages = std::move(answer.messages);
    if (!answer.allowed) decision.close = std::move(answer.close);
    on_decision(std::move(decision));
  });
  return nullptr;
}

}  // namespace laraman::server
